//! The demonstration, as somebody sees it who tries the program.

use crate::program::Avouch;

#[tokio::test]
async fn the_demonstration_tells_the_whole_story_in_a_folder_of_its_own() {
    let avouch = Avouch::new();
    let ran = avouch.run(&["demo"]).await;
    ran.ended(0).answered(&[
        "== 1. The scan",
        "│ F │",
        "== 2. The guard",
        "bare: F",
        "guarded: B",
        "== 3. Who read customer 4711's orders?",
        "GET /orders/{orderId} allow 200",
        "PROVEN: these are all",
        "== 4. One byte of the past",
        "INTACT shop.example/gateway",
        "TAMPERED shop.example/gateway",
        "== 5. The package",
        "INTACT everything in the package holds",
    ]);
    let package = avouch.folder().join("avouch-demo/package");
    for made in ["manifest.dsse.json", "populations", "verify/verify.py", "verify.html"] {
        assert!(package.join(made).exists(), "{made}");
    }
    // The record that was changed is the one that is named.
    let changed = ran.out.split("in entry ").nth(1).unwrap().lines().next().unwrap();
    ran.answered(&[&format!("the entry {changed} is not as it was written")]);
    let made: Vec<_> = std::fs::read_dir(avouch.folder()).unwrap().flatten().collect();
    let made: Vec<_> = made.iter().map(std::fs::DirEntry::file_name).collect();
    assert!(made.iter().any(|name| name == "avouch-demo"), "{made:?}");
    assert!(!made.iter().any(|name| name == ".avouch"), "{made:?}");
    // What somebody else made is not taken away.
    std::fs::remove_file(avouch.folder().join("avouch-demo/.made-by-avouch-demo")).unwrap();
    avouch.run(&["demo"]).await.ended(2).complained(&["`avouch-demo` cannot be made"]);
}
