//! What a person may type.

use crate::commands::{
    AuditCommand, BlockCommand, ControlCommand, DoctorArgs, ExceptionCommand, GatewayArgs,
    InitArgs, KeyCommand, LedgerCommand, PolicyCommand, RecordArgs, ReviewCommand, RiskCommand,
    TestCommand, TrainingCommand, VendorCommand,
};
use crate::gate::Threshold;
use clap::{Args, Parser, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Proves what is wrong with an API, and what is not.
#[derive(Debug, Parser)]
#[command(name = "avouch", version, about, max_term_width = 100)]
#[command(after_help = crate::exit::Exit::help())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Attacks an API from outside and reports what it can prove
    Scan(Box<ScanArgs>),
    /// Shows the whole story on this machine: a vulnerable API scanned, guarded, recorded, and proven
    Demo(DemoArgs),
    /// Explains a check: why it matters, how it is proven, how to mend it
    Explain {
        /// A check's id or name, such as `BOLA-01`
        check: String,
    },
    /// Lists the checks
    Checks {
        /// As JSON
        #[arg(long, conflicts_with = "markdown")]
        json: bool,
        /// As the reference page of the documentation
        #[arg(long)]
        markdown: bool,
    },
    /// Asks again about one finding of the last scan: fixed, still failing, or not runnable
    Replay(Box<ReplayArgs>),
    /// Says what changed between two reports: new, fixed, still there, or not known any more
    Compare(CompareArgs),
    /// Writes a configuration that protects an API, from its description
    Init(InitArgs),
    /// Stands in front of an API and decides what may pass
    Gateway(GatewayArgs),
    /// Asks a gateway that runs what it must refuse, and says whether each control bites
    Doctor(DoctorArgs),
    /// Keeps records in a form that cannot be changed unnoticed
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Makes packages of evidence that an auditor checks alone, and judges them
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Issues API keys for the gateway, lists them, rotates and revokes them
    #[command(subcommand)]
    Key(KeyCommand),
    /// Shuts somebody or something out of the API at once, and lets them in again
    #[command(subcommand)]
    Block(BlockCommand),
    /// Judges controls by what the ledger says, and records statements and tests about them
    #[command(subcommand)]
    Control(ControlCommand),
    /// Keeps policies: versions, approval by another, who has acknowledged them
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Keeps the register of risks
    #[command(subcommand)]
    Risk(RiskCommand),
    /// Keeps the list of people and their trainings
    #[command(subcommand)]
    Training(TrainingCommand),
    /// Keeps the register of vendors
    #[command(subcommand)]
    Vendor(VendorCommand),
    /// Reviews and approves access and changes
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Keeps exceptions, which end
    #[command(subcommand)]
    Exception(ExceptionCommand),
    /// Keeps reports of tests by others, and follows their findings
    #[command(subcommand)]
    Test(TestCommand),
    /// Records a fact that no other command records: an alert, an incident, a sign-in, a change, a deployment
    Record(RecordArgs),
    /// Prints a script that completes commands and options
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What to scan and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct ScanArgs {
    /// The API's base address; may stand in the configuration instead
    pub(crate) url: Option<String>,
    /// Configuration file [default: avouch.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The API's description: OpenAPI 3.x or Swagger 2.0 in JSON or YAML, a Postman collection, a HAR recording; what it is, is seen by itself. Looked for when none is given. Repeatable: all together are one API
    #[arg(long, value_name = "FILE")]
    pub(crate) openapi: Vec<PathBuf>,
    /// The schema of the API's graph: the schema language, or an answer to introspection. Asked for when not given
    #[arg(long, value_name = "FILE")]
    pub(crate) graphql: Option<PathBuf>,
    /// A Postman collection, 2.0 or 2.1. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) postman: Vec<PathBuf>,
    /// Recorded traffic as a HAR file. Repeatable. Credentials in it are not used
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Vec<PathBuf>,
    /// Who to ask as: a, b (same role) or high, and where its credential is. Repeatable
    #[arg(long, value_name = "WHO=env:NAME|file:PATH")]
    pub(crate) identity: Vec<String>,
    /// Who to ask as: a Web Fuzzing Commons authentication file
    #[arg(long, value_name = "FILE")]
    pub(crate) auth_file: Option<PathBuf>,
    /// How `--identity` credentials are sent [default: as described, else `Authorization: Bearer {}`]
    #[arg(long, value_name = "'HEADER: {}' | query:NAME | cookie:NAME")]
    pub(crate) send: Option<String>,
    /// Also sends payloads and writes to objects of its own. Only on a target you own
    #[arg(long)]
    pub(crate) active: bool,
    /// Does not register identities of its own: with `--active` it does where they are missing and the API offers it
    #[arg(long)]
    pub(crate) no_register: bool,
    /// Also runs these disruptive checks (load, lockout, money), by id, separated by commas. Only on a target you own
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    pub(crate) disruptive: Vec<String>,
    /// Only these checks, by id, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    pub(crate) only: Vec<String>,
    /// Not these checks
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    pub(crate) skip: Vec<String>,
    /// What to print
    #[arg(long, value_parser = ["terminal", "markdown", "json", "sarif", "junit", "html"], default_value = "terminal")]
    pub(crate) format: String,
    /// Also writes the report here; the ending tells the form: .json, .sarif, .xml (junit), .md, .html or .txt. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// Every finding whole, and every subject that could not be evaluated
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Records the scan in the ledger of this folder: what was asked, each exchange as a digest, what was found
    #[arg(long, value_name = "FOLDER")]
    pub(crate) ledger: Option<PathBuf>,
    /// Nothing but the answer
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// What must hold for the exit code 0.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// Fails (exit code 1) on findings of this severity or worse: critical, high, medium, low, info or never. They must be firm, or as sure as you say: high@confirmed, low@tentative (low@firm unless said)
    #[arg(long, value_name = "SEVERITY[@CONFIDENCE]")]
    pub(crate) fail_on: Option<Threshold>,
    /// Fails (exit code 1) on a score below this. No score, or less than half of the questions answered, is not tested (exit code 3)
    #[arg(long, value_name = "0-100", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_score: Option<u8>,
    /// Less coverage than this, in per cent, is not tested (exit code 3)
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_coverage: Option<u8>,
    /// An earlier report (.json) to tell new findings from known ones
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Only findings that the baseline has not, or that became worse, fail
    #[arg(long)]
    pub(crate) new_only: bool,
}

/// How far a scan may go.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Requests at most
    #[arg(long, value_name = "N", default_value_t = avouch_scan::engine::options::REQUESTS_MAX)]
    pub(crate) max_requests: u64,
    /// Seconds at most
    #[arg(long, value_name = "N", default_value_t = avouch_scan::engine::options::SECONDS_MAX)]
    pub(crate) max_seconds: u64,
    /// Requests in flight at once, at most
    #[arg(long, value_name = "N", default_value_t = avouch_scan::engine::options::IN_FLIGHT_MAX)]
    pub(crate) max_in_flight: usize,
    /// Requests a second, at most
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u32>,
    /// Seconds to wait for one answer
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) timeout: u64,
    /// Where a host is, in place of looking its name up; certificates are judged by the name. Repeatable
    #[arg(long, value_name = "HOST=ADDRESS", value_parser = resolved)]
    pub(crate) resolve: Vec<(String, IpAddr)>,
    /// Root certificates to trust besides the usual ones, in PEM form. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,
    /// Where to listen for visits of the target, for checks that make it come to us
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// That listener's address as the target sees it
    #[arg(long, value_name = "URL")]
    pub(crate) listen_url: Option<String>,
    /// Where to answer DNS for `--listen-domain`
    #[arg(long, value_name = "ADDRESS:PORT", requires = "listen_domain")]
    pub(crate) listen_dns: Option<SocketAddr>,
    /// A domain whose name server is `--listen-dns`
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) listen_domain: Option<String>,
    /// Folder for the last report, the recording and the list of objects to remove
    #[arg(long, value_name = "FOLDER", default_value = ".avouch")]
    pub(crate) state: PathBuf,
}

/// A host and where it is.
fn resolved(text: &str) -> Result<(String, IpAddr), String> {
    let form = || format!("`{text}` is not of the form api.example.com=192.0.2.7");
    let (host, address) =
        text.split_once('=').filter(|(host, _)| !host.is_empty()).ok_or_else(form)?;
    let address = address.trim_matches(['[', ']']).parse().map_err(|_| form())?;
    Ok((host.to_owned(), address))
}

/// How to show the demo.
#[derive(Clone, Debug, Args)]
pub(crate) struct DemoArgs {
    /// Every finding whole
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Also writes the report here: .json, .sarif, .xml (junit), .md, .html or .txt
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// The sample API with every weakness mended: a scan, and nothing more
    #[arg(long)]
    pub(crate) hardened: bool,
    /// The scan, and nothing more
    #[arg(long)]
    pub(crate) scan_only: bool,
    /// Instead: a simulated year of a small company, with its package for an auditor. Takes a minute or two
    #[arg(long, conflicts_with_all = ["output", "hardened", "scan_only"])]
    pub(crate) year: bool,
    /// Waits for nobody between the steps, also on a terminal
    #[arg(long)]
    pub(crate) no_pause: bool,
}

/// Which reports to compare.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompareArgs {
    /// The older report, as `--output NAME.json` writes it
    pub(crate) old: PathBuf,
    /// The newer one
    pub(crate) new: PathBuf,
    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As a comment for a pull request
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Every finding
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// What to ask again.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The finding's fingerprint, as the report shows it; its beginning is enough
    pub(crate) fingerprint: String,
    /// Asks nobody: reaches the verdict again from what was recorded
    #[arg(long)]
    pub(crate) recorded: bool,
    /// The scan of the ledger that has the finding, by its id or its beginning, or `last`
    #[arg(long = "scan", value_name = "ID")]
    pub(crate) from_scan: Option<String>,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_options_are_well_formed() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn a_host_is_told_with_its_address() {
        let told = |text| super::resolved(text).map(|(host, address)| format!("{host} {address}"));
        assert_eq!(told("api.test=127.0.0.1").as_deref(), Ok("api.test 127.0.0.1"));
        assert_eq!(told("api.test=[::1]").as_deref(), Ok("api.test ::1"));
        for bad in ["api.test", "=127.0.0.1", "api.test=other.test", "api.test:443:127.0.0.1"] {
            assert!(told(bad).is_err(), "{bad}");
        }
    }
}
