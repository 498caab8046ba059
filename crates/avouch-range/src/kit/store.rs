//! The database: `SQLite` in memory, asked in SQL that answers JSON.

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row, SqlitePool};

/// One connection: a database in memory belongs to its connection and ends with it.
/// LIMIT: connections.
const CONNECTIONS_MAX: u32 = 1;

/// One API's database.
#[derive(Debug)]
pub(crate) struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens an empty database.
    pub(crate) async fn open() -> Result<Self, sqlx::Error> {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .min_connections(CONNECTIONS_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await?;
        Ok(Self { pool })
    }

    /// Runs statements without parameters.
    pub(crate) async fn script(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(sql).execute(&self.pool).await.map(drop)
    }

    /// Runs one statement and says how many rows it changed.
    pub(crate) async fn run(&self, sql: &'static str, binds: &[&str]) -> Result<u64, sqlx::Error> {
        let mut query = sqlx::query(sql);
        for bind in binds {
            query = query.bind((*bind).to_owned());
        }
        query.execute(&self.pool).await.map(|done| done.rows_affected())
    }

    /// The rows of a query whose one column is JSON text.
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        binds: &[&str],
    ) -> Result<Vec<Value>, sqlx::Error> {
        let mut query = sqlx::query(sql);
        for bind in binds {
            query = query.bind((*bind).to_owned());
        }
        read(query.fetch_all(&self.pool).await?)
    }

    /// The first row, if there is one.
    pub(crate) async fn first(
        &self,
        sql: &'static str,
        binds: &[&str],
    ) -> Result<Option<Value>, sqlx::Error> {
        Ok(self.rows(sql, binds).await?.into_iter().next())
    }

    /// The rows of a query that was put together from what a caller sent: the injection itself.
    pub(crate) async fn danger_rows(&self, sql: String) -> Result<Vec<Value>, sqlx::Error> {
        read(sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?)
    }
}

fn read(rows: Vec<sqlx::sqlite::SqliteRow>) -> Result<Vec<Value>, sqlx::Error> {
    rows.into_iter()
        .map(|row| {
            let text: String = row.try_get(0)?;
            serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
        })
        .collect()
}
