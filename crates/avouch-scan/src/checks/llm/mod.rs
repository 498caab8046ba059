//! Language models: who may speak to one, and what will it do?

use crate::check::Check;

mod agent_reads_others;
mod chat;
mod document_obeyed;
mod encoded_task;
mod instructions_overridden;
mod mcp_open;
mod memory_shared;
mod model_open_to_anybody;
mod overriding;
mod prompt_leaked;
mod said;
mod task;
mod workings_told;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    model_open_to_anybody::CHECK,
    instructions_overridden::CHECK,
    prompt_leaked::CHECK,
    document_obeyed::CHECK,
    agent_reads_others::CHECK,
    memory_shared::CHECK,
    encoded_task::CHECK,
    workings_told::CHECK,
    mcp_open::CHECK,
];
