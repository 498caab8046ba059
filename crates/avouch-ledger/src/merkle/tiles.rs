//! Where a hash stands in the tiles of C2SP `tlog-tiles`.

use std::fmt;

/// Hashes of a full tile, and entries of a full bundle. Part of the format.
pub const TILE_WIDTH: u64 = 256;

/// Levels of the tree that one tile spans.
const TILE_HEIGHT: u32 = 8;

/// The name of a tile, or of an entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// The level of the tile; `None` for a bundle of entries.
    pub level: Option<u8>,
    /// The index within the level.
    pub index: u64,
    /// Hashes or entries in it: 1 to 256.
    pub width: u16,
}

impl fmt::Display for TilePath {
    /// Writes the path below the log's address, such as `tile/0/x001/234.p/17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut parts = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            parts.push(rest % 1000);
            rest /= 1000;
        }
        for (place, part) in parts.iter().enumerate().rev() {
            match place {
                0 => write!(f, "{part:03}")?,
                _ => write!(f, "x{part:03}/")?,
            }
        }
        if u64::from(self.width) < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl TilePath {
    /// Reads the path of a tile or of a bundle. Strict: one path has one spelling.
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (level, rest) = rest.split_once('/')?;
        let level = match level {
            "entries" => None,
            level => Some(level.parse().ok().filter(|level: &u8| *level < 64)?),
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, 256),
        };
        let mut index: u64 = 0;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            let value: u64 = digits.parse().ok().filter(|value| *value < 1000)?;
            index = index.checked_mul(1000)?.checked_add(value)?;
        }
        let parsed = Self { level, index, width };
        (width > 0 && parsed.to_string() == path).then_some(parsed)
    }
}

/// Says in which tile of a tree of `size` leaves the hash of a complete subtree is found or can be
/// computed, and which hashes of the tile it spans: the first and how many.
pub fn tile_of_node(level: u32, index: u64, size: u64) -> Option<(TilePath, u64, u64)> {
    let tile_level = level / TILE_HEIGHT;
    let within = level % TILE_HEIGHT;
    let begin = index.checked_shl(within)?;
    let tile = begin / TILE_WIDTH;
    let hashes = size.checked_shr(tile_level * TILE_HEIGHT).unwrap_or(0);
    let width = hashes.checked_sub(tile.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
    let (first, count) = (begin % TILE_WIDTH, 1 << within);
    if first + count > width {
        return None;
    }
    let path = TilePath {
        level: Some(u8::try_from(tile_level).ok()?),
        index: tile,
        width: u16::try_from(width).ok()?,
    };
    Some((path, first, count))
}

/// Every tile that has to be there for a tree of `size` leaves, lowest level first.
pub fn tiles_of_size(size: u64) -> impl Iterator<Item = TilePath> {
    (0..8_u8)
        .map(move |level| (level, size >> (u32::from(level) * TILE_HEIGHT)))
        .take_while(|(_, hashes)| *hashes > 0)
        .flat_map(|(level, hashes)| {
            (0..hashes.div_ceil(TILE_WIDTH)).map(move |index| TilePath {
                level: Some(level),
                index,
                width: u16::try_from((hashes - index * TILE_WIDTH).min(TILE_WIDTH)).unwrap_or(256),
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = TilePath { level: Some(0), index: 1_234_067, width: 256 };
        assert_eq!(tile.to_string(), "tile/0/x001/x234/067");
        let bundle = TilePath { level: None, index: 7, width: 112 };
        assert_eq!(bundle.to_string(), "tile/entries/007.p/112");
    }

    #[test]
    fn a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() {
        let tiles: Vec<TilePath> = tiles_of_size(70_000).collect();
        let full = |level| {
            tiles.iter().filter(|tile| tile.level == Some(level) && tile.width == 256).count()
        };
        let part = |level| -> Vec<u16> {
            let part = |tile: &&TilePath| tile.level == Some(level) && tile.width < 256;
            tiles.iter().filter(part).map(|tile| tile.width).collect()
        };
        assert_eq!((full(0), part(0)), (273, vec![112]));
        assert_eq!((full(1), part(1)), (1, vec![17]));
        assert_eq!((full(2), part(2)), (0, vec![1]));
        assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
    }

    #[test]
    fn a_second_spelling_of_a_path_is_refused() {
        for path in
            ["tile/0/1", "tile/00/001", "tile/0/x000/001", "tile/0/001.p/0", "tile/0/001.p/256"]
        {
            assert_eq!(TilePath::parse(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn each_path_is_read_back(level in prop::option::of(0_u8..64), index in any::<u64>(), width in 1_u16..=256) {
            let tile = TilePath { level, index, width };
            prop_assert_eq!(TilePath::parse(&tile.to_string()), Some(tile));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = TilePath::parse(&text);
        }
    }
}
