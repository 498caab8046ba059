//! The scans a round consists of.
//!
//! One scan cannot show everything: a switch may hide another (a server that mirrors every origin
//! trusts lookalikes too), replace it, or matter only with fewer identities. So a round has a scan
//! with everything on, one with everything off, and one for each of these.

use super::truth::{Truth, Weakness};

/// One scan of one fresh range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// What it is called in the details.
    pub(super) name: &'static str,
    /// What is switched on, as `avouch-range serve --switches` takes it.
    pub(super) switches: &'static str,
    /// Who asks.
    pub(super) people: &'static [&'static str],
}

const EVERYBODY: &[&str] = &["a", "b", "high"];

/// Everything on.
const ALL: Scene = Scene { name: "all", switches: "all", people: EVERYBODY };

/// The scans of a round.
pub(super) const SCENES: [Scene; 6] = [
    ALL,
    Scene { name: "hardened", switches: "none", people: EVERYBODY },
    Scene { name: "rs256", switches: "jwt-key-confusion", people: EVERYBODY },
    Scene { name: "cors", switches: "cors-trusts-null,cors-trusts-suffix", people: EVERYBODY },
    // With everything on, the same contacts are open to strangers elsewhere.
    Scene { name: "contacts", switches: "author-contacts-shown", people: EVERYBODY },
    Scene { name: "one identity", switches: "invoice-owner-unchecked", people: &["a"] },
];

impl Scene {
    /// What is true in this scene, and what a scan has to find in it: a weakness that another scene
    /// shows on its own is no miss here.
    pub(super) fn truth(&self, whole: &Truth) -> Truth {
        let mut truth = whole.clone();
        truth.weaknesses.retain(|weakness| self.is_on(weakness));
        for weakness in &mut truth.weaknesses {
            if !self.shows(weakness) {
                weakness.expect = super::truth::Expectation::May;
            }
        }
        truth
    }

    fn is_on(&self, weakness: &Weakness) -> bool {
        match self.switches {
            // The range's `all` leaves out what would replace its issuer.
            "all" => weakness.switch != "jwt-key-confusion",
            some => some.split(',').any(|switch| switch == weakness.switch),
        }
    }

    fn shows(&self, weakness: &Weakness) -> bool {
        let own = match weakness.check.as_str() {
            "CORS-02" => "cors",
            "DATA-01" if weakness.switch == "author-contacts-shown" => "contacts",
            "BOLA-12" => "one identity",
            "JWT-05" => "rs256",
            // Nobody else to compare with.
            check if self.name == "one identity" => return check == "BOLA-12",
            _ => return true,
        };
        self.name == own
    }
}
