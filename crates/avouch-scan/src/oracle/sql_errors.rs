//! What databases and their drivers say when a statement cannot be parsed.
//!
//! Only syntax errors: a constraint that is violated or a value of the wrong type proves nothing
//! about where the input went.

use regex::RegexSet;
use std::sync::LazyLock;

/// LIMIT: characters of an answer that are searched.
const SEARCHED_MAX: usize = 200_000;

/// Who says it and how; quotes may be escaped as JSON or HTML writes them.
const SIGNATURES: [(&str, &str); 34] = [
    ("MySQL", r"(?i)you have an error in your sql syntax"),
    ("MySQL", r"(?i)\bER_PARSE_ERROR\b"),
    ("MySQL", r"(?i)(?:error|errno).{0,6}\b1064\b"),
    ("PostgreSQL", r"(?i)unterminated quoted (?:string|identifier) at or near"),
    ("PostgreSQL", r"(?i)syntax error at or near [^ ]{1,20}"),
    ("PostgreSQL", r"(?i)syntax error at end of input"),
    (
        "PostgreSQL",
        r"(?i)psycopg\d?\.errors\.syntaxerror|PG::SyntaxError|Npgsql\.PostgresException",
    ),
    ("PostgreSQL", r"(?i)unterminated string literal started at position"),
    ("PostgreSQL", r#"(?i)"(?:code|sqlstate)"\s*:\s*"42601""#),
    ("CockroachDB", r"(?i)lexical error: unterminated string"),
    ("SQLite", r"(?i)unrecognized token: [^ ]{1,12}"),
    ("SQLite", r"(?i)near .{1,40}: syntax error"),
    ("SQLite", r"(?i)sqlite3?[._]\w*error.{0,40}(?:near|token|incomplete)"),
    ("SQLite", r"(?i)\bSQLite3?::SQLException|sqlite3\.OperationalError|System\.Data\.SQLite"),
    ("SQL Server", r"(?i)unclosed quotation mark (?:after|before) the character string"),
    ("SQL Server", r"(?i)incorrect syntax near"),
    ("Oracle", r"\bORA-(?:00907|00911|00920|00921|00923|00933|00936|01740|01742|01756|01789)\b"),
    ("Db2", r"(?i)SQL0(?:010|104)N|SQLCODE=-(?:10|104)\b"),
    ("Firebird", r"(?i)dynamic sql error.{0,80}token unknown"),
    ("H2", r"(?i)syntax error in sql statement"),
    ("HSQLDB", r"(?i)unexpected token: .{1,40}required:|malformed string:"),
    ("ODBC", r"(?i)\[(?:microsoft|odbc)[^\]]*\].{0,80}syntax error"),
    ("SQLSTATE", r"(?i)SQLSTATE\[(?:42000|42601|37000)\]"),
    ("PDO", r"(?i)PDOException.{0,200}syntax error|mysqli?_(?:query|fetch\w*)\(\)|pg_query\(\)"),
    (
        "JDBC",
        r"(?i)(?:jdbc|sql)syntaxerrorexception|bad ?sql ?grammar|PSQLException: ERROR: syntax",
    ),
    ("Hibernate", r"(?i)org\.hibernate\.(?:exception\.sqlgrammarexception|queryexception)"),
    (
        "Hibernate",
        r"(?i)QuerySyntaxException|token recognition error at: |could not prepare statement",
    ),
    ("SQLAlchemy", r"(?i)sqlalchemy\.exc\.(?:operational|programming)error"),
    ("Django", r"(?i)django\.db\.utils\.(?:operational|programming)error"),
    ("ActiveRecord", r"ActiveRecord::StatementInvalid"),
    ("Sequelize", r"SequelizeDatabaseError|QueryFailedError"),
    ("Prisma", r"(?i)raw query failed\. code: .{0,3}(?:42601|1064)\b"),
    ("MariaDB", r"(?i)check the manual that corresponds to your mariadb"),
    ("ClickHouse", r"(?i)DB::Exception: Syntax error|Code: 62\. "),
];

#[expect(clippy::expect_used, reason = "the patterns are constants and a test compiles them")]
static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(SIGNATURES.iter().map(|(_, pattern)| pattern)).expect("constant patterns")
});

/// The database whose syntax error the text shows.
pub fn signature(text: &str) -> Option<&'static str> {
    let searched: String = text.chars().take(SEARCHED_MAX).collect();
    let first = SET.matches(&searched).iter().next()?;
    SIGNATURES.get(first).map(|(engine, _)| *engine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_is_known_by_its_words() {
        for (engine, text) in [
            ("MySQL", "You have an error in your SQL syntax; check the manual"),
            ("PostgreSQL", r#"{"error":"syntax error at or near \"'\""}"#),
            ("PostgreSQL", "ERROR: unterminated quoted string at or near"),
            ("SQLite", r#"sqlite3.OperationalError: unrecognized token: "'x''""#),
            ("SQLite", r#"SQLITE_ERROR: near \"'\": syntax error"#),
            ("SQL Server", "Unclosed quotation mark after the character string ''."),
            ("Oracle", "ORA-01756: quoted string not properly terminated"),
            ("SQLAlchemy", "sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedColumn)"),
            ("Sequelize", r#"{"name":"SequelizeDatabaseError"}"#),
            ("PostgreSQL", r#"{"severity":"ERROR","code":"42601"}"#),
            ("SQLSTATE", "SQLSTATE[42000]: Syntax error or access violation"),
        ] {
            assert_eq!(signature(text), Some(engine), "{text}");
        }
    }

    #[test]
    fn other_errors_are_not_syntax_errors_of_a_database() {
        for text in [
            r#"{"error":"invalid input syntax for type integer"}"#,
            "SyntaxError: Unexpected token ' in JSON at position 4",
            "sh: 1: Syntax error: Unterminated quoted string",
            "UNIQUE constraint failed: users.email",
            "duplicate key value violates unique constraint",
            "the query could not be parsed near the end",
        ] {
            assert_eq!(signature(text), None, "{text}");
        }
    }
}
