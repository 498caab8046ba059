//! Paths that answer about whoever asks.

/// Whether a path says that it answers about whoever asks.
pub fn names_the_caller(path: &str) -> bool {
    let names =
        ["me", "profile", "account", "whoami", "self", "userinfo", "current", "session", "my"];
    // Graphs say it in one word.
    let viewer = ["viewer", "currentuser", "loggedinuser", "myprofile", "myaccount", "getme"];
    path.split('/').map(str::to_ascii_lowercase).any(|segment| {
        names.contains(&segment.as_str())
            || path.contains("#/") && viewer.contains(&segment.as_str())
    })
}
