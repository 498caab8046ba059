//! The requests that auditors begin with, as data in our own words.

use serde::Deserialize;

const STANDARD: &str = include_str!("standard.json");

/// A request that auditors begin with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Its id.
    pub id: String,
    /// What is asked for.
    pub text: String,
    /// The population that answers it; none where only a piece of evidence can.
    pub population: Option<String>,
    /// Which rows of it.
    #[serde(default)]
    pub filter: Vec<String>,
    /// Ids of the controls it is about.
    pub controls: Vec<String>,
}

/// All of them, in their order.
pub fn standard() -> Result<Vec<Standard>, serde_json::Error> {
    serde_json::from_str(STANDARD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::Selection;
    use crate::populations::Definition;

    #[test]
    fn each_names_a_population_and_controls_that_there_are() {
        let (all, populations) = (standard().unwrap(), Definition::all().unwrap());
        assert_eq!(all.len(), 15);
        for (at, one) in all.iter().enumerate() {
            assert_eq!(one.id, format!("PBC-{:02}", at + 1));
            assert!(!one.controls.is_empty() && one.text.len() > 40, "{}", one.id);
            for control in &one.controls {
                let known = avouch_prove::controls::find(control);
                assert!(known.is_some(), "{} names {control}", one.id);
            }
            assert!(Selection::begin(&one.filter, 0).is_some());
            let Some(name) = &one.population else {
                assert!(one.filter.is_empty());
                continue;
            };
            let definition = populations.iter().find(|known| known.name == *name).unwrap();
            for condition in &one.filter {
                let field = condition.split('=').next().unwrap();
                assert!(definition.columns.iter().any(|known| known == field), "{condition}");
            }
        }
    }
}
