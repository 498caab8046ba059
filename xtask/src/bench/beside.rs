//! Puts other scanners beside ours: the same API, the same truth, the same run.

use super::compare::Tally;
use super::others::{ALL, Installed, Other, Row, Target, judge};
use super::plan::Trouble;
use super::running::{Programs, Running, description, folder};
use super::truth::{Api, Scene};
use crate::stopwatch::Stopwatch;
use anyhow::{Context, Result};

/// The scene in which scanners are compared: everything is on.
const SCENE: &str = "all";

/// Whether this scan is one that others are compared by.
pub(super) fn is_shown(scene: &Scene, trouble: Trouble) -> bool {
    scene.name == SCENE && trouble == Trouble::Calm
}

/// Our row and everybody else's; none for an API without an OpenAPI document, which they cannot read,
/// and for one whose name exists nowhere, which they cannot reach.
pub(super) fn rows(
    programs: &Programs,
    api: &Api,
    scene: &Scene,
    ours: &Tally,
) -> Result<Vec<Row>> {
    let mut rows = vec![Row {
        scanner: "avouch".to_owned(),
        found: ours.found,
        of: ours.found + ours.missed + ours.not_evaluable,
        r#false: ours.r#false,
        apart: 0,
        seconds: ours.seconds,
    }];
    for other in ALL {
        let row = row(programs, api, scene, other);
        match row.with_context(|| format!("{} on the {}", other.name, api.name))? {
            Some(row) => rows.push(row),
            None => return Ok(Vec::new()),
        }
    }
    Ok(rows)
}

fn row(programs: &Programs, api: &Api, scene: &Scene, other: &Other) -> Result<Option<Row>> {
    let range = Running::start(programs, api, scene, Trouble::Calm)?;
    let serving = &range.serving;
    if serving.resolve.is_some() {
        return Ok(None);
    }
    let Some(document) = description(programs, api, scene, &serving.base_url)? else {
        return Ok(None);
    };
    let folder = folder()?;
    let installed = Installed::of(other, &crate::tree::target()?.join("tools").join("scanners"))?;
    let url = format!("{}{}", serving.base_url, serving.login.path);
    let token = installed.token(&url, &serving.login_body())?;
    let send = serving.login.send.as_deref().unwrap_or("Authorization: Bearer {}");
    let header = send.replace("{}", &token);
    let target = Target {
        base_url: &serving.base_url,
        description: &document,
        header: &header,
        folder: &folder,
    };
    let stopwatch = Stopwatch::start();
    let claims = (other.run)(&installed, &target)?;
    let seconds = stopwatch.elapsed().as_secs_f64();
    let truth = scene.truth(api, Trouble::Calm);
    Ok(Some(judge(other.name, &truth, &claims, seconds)))
}
