//! What one scan of an API has to find.
//!
//! One scan cannot show everything: a switch may hide another (a server that mirrors every origin
//! trusts lookalikes too), replace it, or matter only with fewer identities. So the range names
//! several scans for each API, and what each of them shows.

use super::plan::Trouble;
use super::truth::{Api, Expectation, Scene, Tier, Truth, Weakness};

impl Scene {
    /// What is true of the API in this scene under that trouble, and what a scan has to find in it: a weakness that
    /// another scene shows on its own is no miss here.
    pub(super) fn truth(&self, api: &Api, trouble: Trouble) -> Truth {
        let mut truth = api.truth.clone();
        truth.weaknesses.retain(|weakness| {
            let mended = weakness.mended_by.as_deref() == Some(trouble.name());
            !mended && self.is_on(weakness, api)
        });
        for weakness in &mut truth.weaknesses {
            if !self.shows(weakness) {
                weakness.expect = Expectation::May;
            }
        }
        truth
    }

    /// Whether a scan in this scene is allowed to look for it.
    pub(super) fn allows(&self, weakness: &Weakness) -> bool {
        match weakness.tier {
            Tier::Passive | Tier::Read => true,
            Tier::Active => self.active,
            Tier::Disruptive => self.disruptive.contains(&weakness.check),
        }
    }

    fn is_on(&self, weakness: &Weakness, api: &Api) -> bool {
        match self.switches.as_str() {
            "all" => !api.apart.contains(&weakness.switch),
            some => some.split(',').any(|switch| switch.trim() == weakness.switch),
        }
    }

    fn shows(&self, weakness: &Weakness) -> bool {
        let named = weakness.scenes.contains(&self.name);
        named || (weakness.scenes.is_empty() && !self.only_named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn api() -> Api {
        let entry = |check: &str, switch: &str, tier: &str, scenes: &[&str]| {
            json!({"check": check, "weakness": switch, "tier": tier, "scenes": scenes,
                   "confidence": "firm", "severity": "low"})
        };
        let scene = |name: &str, switches: &str, disruptive: &[&str], only: bool| {
            json!({"name": name, "switches": switches, "people": ["a"], "active": true,
                   "disruptive": disruptive, "only_named": only, "configuration": ""})
        };
        let value = json!({
            "name": "x",
            "apart": ["rare"],
            "scenes": [scene("all", "all", &[], false), scene("loud", "usual, rare", &["L-1"], true)],
            "truth": {"entry": [
                entry("U-1", "usual", "A", &[]),
                entry("R-1", "rare", "R", &["loud"]),
                entry("L-1", "usual", "D", &["loud"]),
            ]},
        });
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check(scene: usize, must: &[&str], may: &[&str], allowed: &[&str]) {
        let api = api();
        let scene = &api.scenes[scene];
        let truth = scene.truth(&api, Trouble::Calm);
        let of = |expect| {
            let some = truth.weaknesses.iter().filter(move |w| w.expect == expect);
            some.map(|w| w.check.as_str()).collect::<Vec<_>>()
        };
        assert_eq!((of(Expectation::Must), of(Expectation::May)), (must.to_vec(), may.to_vec()));
        let all = api.truth.weaknesses.iter().filter(|w| scene.allows(w));
        assert_eq!(all.map(|w| w.check.as_str()).collect::<Vec<_>>(), allowed);
    }

    #[test]
    fn what_a_trouble_mends_is_not_to_be_found() {
        let mut api = api();
        api.truth.weaknesses[0].mended_by = Some("throttled".to_owned());
        let left = |trouble| api.scenes[0].truth(&api, trouble).weaknesses.len();
        assert_eq!((left(Trouble::Calm), left(Trouble::Throttled)), (2, 1));
    }

    #[test]
    fn each_scene_has_to_find_what_it_shows() {
        check(0, &["U-1"], &["L-1"], &["U-1", "R-1"]);
        check(1, &["R-1", "L-1"], &["U-1"], &["U-1", "R-1", "L-1"]);
    }
}
