//! Text that becomes part of HTML.

use crate::text::visible;
use std::fmt;

/// A text as HTML shows it, in an element or in a quoted attribute. Everything that is not written
/// in this crate passes through here; what passes can open no element, attribute or reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in visible(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '`' => f.write_str("&#96;")?,
                c => fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_acts_upon_is_left() {
        let text = Text("</script><img src=x onerror='a(`1`)' title=\"&lt;\">\u{202e}\0");
        assert_eq!(
            text.to_string(),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a(&#96;1&#96;)&#39; title=&quot;&amp;lt;&quot;&gt;\\u{202e}\\u{0}"
        );
    }
}
