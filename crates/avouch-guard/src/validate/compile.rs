//! From the schemas of a description to shapes.

use super::formats::Format;
use super::pattern;
use super::shape::{
    ANY, Allowed, Id, Kinds, ListRules, NumberRules, ObjectRules, Property, Shape, TextRules,
};
use avouch_model::schema::{Kind, Schema};
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Shapes of one catalogue.
// LIMIT: 1 million; what is beyond is reported as unchecked.
const SHAPES_MAX: usize = 1_000_000;
/// What is reported as unchecked.
// LIMIT: 1,000 places.
const UNCHECKED_MAX: usize = 1_000;

/// Which way a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the API.
    Request,
    /// From it.
    Answer,
}

/// Something that a description says and that is not checked. Unknown is never good: it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// The operation.
    pub operation: String,
    /// Where in it, such as `body application/json /items`.
    pub place: String,
    /// What is not checked, such as `not`.
    pub what: String,
}

/// All schemas of a catalogue that have a number.
pub(crate) type Numbered = HashMap<u64, Arc<Schema>>;

/// Adds the schemas that stand in one to those that are known by their number.
pub(crate) fn number(schema: &Arc<Schema>, seen: &mut HashSet<usize>, numbered: &mut Numbered) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        if !seen.insert(Arc::as_ptr(schema) as usize) {
            continue;
        }
        if let Some(id) = schema.id {
            numbered.entry(id).or_insert_with(|| Arc::clone(schema));
        }
        open.extend(schema.properties.values());
        open.extend(schema.pattern_properties.iter().map(|(_, shape)| shape));
        open.extend(schema.variants.iter().chain(&schema.also).chain(&schema.places));
        open.extend([&schema.items, &schema.rest, &schema.additional_shape].into_iter().flatten());
    }
}

/// Makes shapes of schemas.
#[derive(Debug)]
pub(crate) struct Compiler {
    direction: Direction,
    misplaced_allowed: bool,
    numbered: Numbered,
    shapes: Vec<Shape>,
    known: HashMap<usize, Id>,
    /// Shapes that are still to be filled, with their place.
    open: VecDeque<(Id, Arc<Schema>, String)>,
    /// The operation that is being compiled.
    operation: String,
    unchecked: Vec<Unchecked>,
}

impl Compiler {
    pub(crate) fn new(direction: Direction, numbered: Numbered) -> Self {
        Self {
            direction,
            misplaced_allowed: false,
            numbered,
            shapes: vec![Shape::any()],
            known: HashMap::new(),
            open: VecDeque::new(),
            operation: String::new(),
            unchecked: Vec::new(),
        }
    }

    /// Lets properties stand that only travel the other way.
    pub(crate) fn misplaced_allowed(&mut self, allowed: bool) {
        self.misplaced_allowed = allowed;
    }

    /// Names the operation that the following schemas belong to.
    pub(crate) fn operation(&mut self, name: &str) {
        name.clone_into(&mut self.operation);
    }

    /// Says that something is not checked.
    pub(crate) fn not_checked(&mut self, place: &str, what: impl Into<String>) {
        if self.unchecked.len() < UNCHECKED_MAX {
            self.unchecked.push(Unchecked {
                operation: self.operation.clone(),
                place: place.to_owned(),
                what: what.into(),
            });
        }
    }

    /// The shape of a schema, with all that stands in it.
    pub(crate) fn shape(&mut self, schema: &Arc<Schema>, place: &str) -> Id {
        let id = self.id(schema, place.to_owned());
        while let Some((id, schema, place)) = self.open.pop_front() {
            let shape = self.filled(&schema, &place);
            if let Some(slot) = self.shapes.get_mut(id as usize) {
                *slot = shape;
            }
        }
        id
    }

    /// The shapes, and what is not checked.
    pub(crate) fn finish(self) -> (Vec<Shape>, Vec<Unchecked>) {
        (self.shapes, self.unchecked)
    }

    fn id(&mut self, schema: &Arc<Schema>, place: String) -> Id {
        let target = schema.cut_to.and_then(|id| self.numbered.get(&id)).map(Arc::clone);
        let schema = target.as_ref().unwrap_or(schema);
        let key = Arc::as_ptr(schema) as usize;
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let Ok(id) = Id::try_from(self.shapes.len()) else { return ANY };
        if self.shapes.len() >= SHAPES_MAX {
            self.not_checked(&place, "there are too many schemas");
            return ANY;
        }
        self.shapes.push(Shape::any());
        self.known.insert(key, id);
        self.open.push_back((id, Arc::clone(schema), place));
        id
    }

    fn filled(&mut self, schema: &Schema, place: &str) -> Shape {
        let unread: HashSet<&String> = schema.unread.iter().collect();
        for what in &unread {
            self.not_checked(place, format!("`{what}`"));
        }
        if let Some(cut) = &schema.cut
            && !schema.also.iter().any(|part| part.cut.is_some())
        {
            self.not_checked(place, format!("what `{cut}` stands for"));
        }
        let below = |name: &str| format!("{place}/{name}");
        let also = schema.also.iter().map(|part| self.id(part, place.to_owned())).collect();
        let variants =
            schema.variants.iter().map(|part| self.id(part, below("(one of)"))).collect();
        Shape {
            kinds: Kinds::of(&schema.kinds),
            never: schema.never,
            text: self.text(schema, place),
            number: number_rules(schema),
            allowed: allowed(schema).filter(|_| !unread.contains(&"enum".to_owned())),
            list: self.list(schema, place),
            object: self.object(schema, place),
            variants,
            exclusive: schema.exclusive,
            also,
        }
    }

    fn text(&mut self, schema: &Schema, place: &str) -> Option<Box<TextRules>> {
        let mut rules = TextRules {
            length_min: schema.length_min.filter(|min| *min > 0),
            length_max: schema.length_max,
            ..TextRules::default()
        };
        if let Some(written) = &schema.pattern {
            rules.pattern = pattern::compiled(written);
            if rules.pattern.is_none() {
                self.not_checked(place, "`pattern` that has no form in linear time");
            }
        }
        if let Some(name) = &schema.format {
            match Format::parse(name) {
                Ok(format) => rules.format = format,
                Err(()) => self.not_checked(place, format!("`format: {name}`")),
            }
        }
        let some = rules.length_min.is_some()
            || rules.length_max.is_some()
            || rules.pattern.is_some()
            || rules.format.is_some();
        some.then(|| Box::new(rules))
    }

    fn list(&mut self, schema: &Schema, place: &str) -> Option<Box<ListRules>> {
        let item = format!("{place}/*");
        let places: Vec<_> =
            schema.places.iter().map(|shape| self.id(shape, item.clone())).collect();
        let rest = if places.is_empty() { &schema.items } else { &schema.rest };
        let rules = ListRules {
            rest: rest.as_ref().map(|shape| self.id(shape, item.clone())),
            places,
            items_min: schema.items_min.unwrap_or(0),
            items_max: schema.items_max,
            unique: schema.items_unique,
        };
        let some = !rules.places.is_empty()
            || rules.rest.is_some()
            || rules.items_min > 0
            || rules.items_max.is_some()
            || rules.unique;
        some.then(|| Box::new(rules))
    }

    fn object(&mut self, schema: &Schema, place: &str) -> Option<Box<ObjectRules>> {
        if !schema.may_be(Kind::Object) {
            return None;
        }
        let mut rules = ObjectRules {
            additional: schema.additional,
            properties_min: schema.properties_min.unwrap_or(0),
            properties_max: schema.properties_max,
            ..ObjectRules::default()
        };
        let misplaced = |property: &Schema| match self.direction {
            Direction::Request => property.read_only,
            Direction::Answer => property.write_only,
        };
        let mut names: Vec<(&String, Option<&Arc<Schema>>, bool)> = schema
            .properties
            .iter()
            .map(|(name, property)| (name, Some(property), misplaced(property)))
            .collect();
        let others = schema.required.iter().filter(|name| !schema.properties.contains_key(*name));
        names.extend(others.map(|name| (name, None, false)));
        names.sort_by(|one, other| one.0.cmp(other.0));
        for (name, property, misplaced) in names {
            let required = !misplaced && schema.required.contains(name);
            let shape = match property {
                Some(property) => self.id(property, format!("{place}/{name}")),
                None => ANY,
            };
            rules.properties.push(Property {
                name: name.as_str().into(),
                shape,
                required,
                only_required: property.is_none(),
                misplaced: misplaced && !self.misplaced_allowed,
            });
            rules.requires |= required;
        }
        for (written, shape) in &schema.pattern_properties {
            match pattern::compiled(written) {
                Some(regex) => {
                    let shape = self.id(shape, format!("{place}/(pattern)"));
                    rules.patterns.push((regex, shape));
                }
                None => {
                    self.not_checked(place, "`patternProperties` without a form in linear time");
                }
            }
        }
        let others = schema.additional_shape.as_ref();
        rules.others = others.map(|shape| self.id(shape, format!("{place}/(others)")));
        Some(Box::new(rules))
    }
}

fn number_rules(schema: &Schema) -> Option<Box<NumberRules>> {
    let whole = match schema.format.as_deref() {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN, i64::MAX)),
        _ => None,
    };
    let rules = NumberRules {
        minimum: schema.minimum,
        maximum: schema.maximum,
        multiple_of: schema.multiple_of,
        whole,
    };
    let some = rules.minimum.is_some()
        || rules.maximum.is_some()
        || rules.multiple_of.is_some()
        || rules.whole.is_some();
    some.then(|| Box::new(rules))
}

fn allowed(schema: &Schema) -> Option<Box<Allowed>> {
    if schema.allowed.is_empty() {
        return None;
    }
    let mut allowed = Allowed::default();
    for value in &schema.allowed {
        match value {
            Value::Null => allowed.null = true,
            Value::Bool(true) => allowed.yes = true,
            Value::Bool(false) => allowed.no = true,
            Value::Number(number) => allowed.numbers.extend(number.as_f64()),
            Value::String(text) => allowed.texts.push(text.as_str().into()),
            Value::Array(_) | Value::Object(_) => allowed.trees.push(value.clone()),
        }
    }
    Some(Box::new(allowed))
}
