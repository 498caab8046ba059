//! What a team does for its controls: registers, runs, statements. One file a command.

pub(super) mod args;
mod attest;
mod book;
mod control;
mod due;
mod exception;
pub(super) mod fact;
pub(super) mod files;
mod policy;
mod policy_init;
mod register;
pub(super) mod register_args;
mod review;
mod risk;
mod run;
mod shown;
mod status;
mod tested;
mod training;
mod vendor;

use super::{Failed, answer, tell};
use crate::exit::Exit;
use args::ControlCommand;
use register_args::{
    ExceptionCommand, PolicyCommand, ReviewCommand, RiskCommand, TestCommand, TrainingCommand,
    VendorCommand,
};

pub(super) fn control(command: &ControlCommand) -> Result<Exit, Failed> {
    match command {
        ControlCommand::List(args) => control::list(args),
        ControlCommand::Show(args) => control::show(args),
        ControlCommand::Run(args) => run::run(args),
        ControlCommand::Status(args) => status::run(args),
        ControlCommand::Due(args) => due::run(args),
        ControlCommand::Attest(args) => attest::run(args),
        ControlCommand::Record(args) => run::record(args),
    }
}

/// The view of the period, for whoever asks about the audit and not about controls.
pub(super) fn due(args: &args::StatusArgs) -> Result<Exit, Failed> {
    due::run(args)
}

pub(super) fn policy(command: &PolicyCommand) -> Result<Exit, Failed> {
    match command {
        PolicyCommand::Init(args) => policy_init::run(args),
        PolicyCommand::Import(args) => policy::import(args),
        PolicyCommand::Approve(args) => policy::approve(args),
        PolicyCommand::Publish(args) => policy::publish(args),
        PolicyCommand::Acknowledge(args) => policy::acknowledge(args),
        PolicyCommand::Review(args) => policy::review(args),
        PolicyCommand::Retire(args) => policy::retire(args),
        PolicyCommand::List(args) => policy::list(args),
        PolicyCommand::Show(args) => shown::policy(args),
    }
}

pub(super) fn risk(command: &RiskCommand) -> Result<Exit, Failed> {
    match command {
        RiskCommand::Import(args) => risk::import(args),
        RiskCommand::Accept(args) => risk::accept(args),
        RiskCommand::Candidates(args) => risk::candidates(args),
        RiskCommand::List(args) => risk::list(args),
        RiskCommand::Show(args) => shown::risk(args),
    }
}

pub(super) fn training(command: &TrainingCommand) -> Result<Exit, Failed> {
    match command {
        TrainingCommand::People(args) => training::people(args),
        TrainingCommand::Import(args) => training::import(args),
        TrainingCommand::List(args) => training::list(args),
        TrainingCommand::Show(args) => shown::person(args),
    }
}

pub(super) fn vendor(command: &VendorCommand) -> Result<Exit, Failed> {
    match command {
        VendorCommand::Import(args) => vendor::import(args),
        VendorCommand::Review(args) => vendor::review(args),
        VendorCommand::List(args) => vendor::list(args),
        VendorCommand::Show(args) => shown::vendor(args),
    }
}

pub(super) fn review(command: &ReviewCommand) -> Result<Exit, Failed> {
    match command {
        ReviewCommand::Open(args) => review::open(args),
        ReviewCommand::Decide(args) => review::decide(args),
        ReviewCommand::Close(args) => review::close(args),
        ReviewCommand::Approve(args) => review::approve(args),
        ReviewCommand::Change(args) => review::change(args),
        ReviewCommand::List(args) => review::list(args),
        ReviewCommand::Show(args) => shown::review(args),
    }
}

pub(super) fn exception(command: &ExceptionCommand) -> Result<Exit, Failed> {
    match command {
        ExceptionCommand::Grant(args) => exception::grant(args),
        ExceptionCommand::Revoke(args) => exception::revoke(args),
        ExceptionCommand::List(args) => exception::list(args),
        ExceptionCommand::Show(args) => shown::exception(args),
    }
}

pub(super) fn test(command: &TestCommand) -> Result<Exit, Failed> {
    match command {
        TestCommand::Report(args) => tested::report(args),
        TestCommand::Finding(args) => tested::finding(args),
        TestCommand::Close(args) => tested::close(args),
        TestCommand::List(args) => tested::list(args),
        TestCommand::Show(args) => shown::finding(args),
    }
}
