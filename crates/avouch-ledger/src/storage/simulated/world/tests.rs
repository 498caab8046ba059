use super::*;
use crate::storage::{read_whole, replace, write_all_at};

#[test]
fn what_was_flushed_is_kept_and_the_rest_may_go() {
    let mut fates = BTreeSet::new();
    for seed in 0..200 {
        let disk = SimulatedDisk::new(seed);
        let file = disk.create("a").unwrap();
        write_all_at(file.as_ref(), 0, &[1; 1024]).unwrap();
        file.sync().unwrap();
        disk.sync_folder("").unwrap();
        write_all_at(file.as_ref(), 512, &[2; 512]).unwrap();
        disk.restart();
        assert!(file.size().is_err(), "an old file must be dead");
        let bytes = read_whole(&disk, "a", 4096).unwrap();
        assert_eq!(&bytes[..512], &[1; 512]);
        fates.insert(match bytes[512..] {
            [1, 1, ..] => "old",
            [2, 2, ..] => "new",
            _ => "rubbish",
        });
    }
    assert_eq!(fates.len(), 3);
}

#[test]
fn a_name_is_safe_only_after_its_folder() {
    let there = |seed| {
        let disk = SimulatedDisk::new(seed);
        disk.create("f/a").unwrap().sync().unwrap();
        disk.restart();
        disk.open("f/a").is_ok()
    };
    assert!((0..50).any(there) && !(0..50).all(there));
}

#[test]
fn a_replaced_file_is_old_or_new_whenever_the_power_goes() {
    for seed in 0..400 {
        let disk = SimulatedDisk::new(seed);
        replace(&disk, "head", &[1; 700]).unwrap();
        disk.fail_after(1 + seed % 6, Fault::Crash);
        let done = replace(&disk, "head", &[2; 900]).is_ok();
        disk.restart();
        let bytes = read_whole(&disk, "head", 4096).unwrap();
        assert!(bytes == [2; 900] || (!done && bytes == [1; 700]), "seed {seed}");
        replace(&disk, "head", &[3; 100]).unwrap();
    }
}

#[test]
fn a_lie_is_found_out_when_the_power_goes() {
    let lost = (0..20).any(|seed| {
        let disk = SimulatedDisk::new(seed);
        let file = disk.create("a").unwrap();
        disk.sync_folder("").unwrap();
        write_all_at(file.as_ref(), 0, &[1; 512]).unwrap();
        disk.fail_after(1, Fault::Lie);
        file.sync().unwrap();
        disk.restart();
        read_whole(&disk, "a", 4096).unwrap() != [1; 512]
    });
    assert!(lost);
}
