//! The control library: one file and one page each.

pub mod avl_1;
pub mod avl_2;
pub mod avl_3;
pub mod chg_1;
pub mod chg_2;
pub mod chg_3;
pub mod chg_4;
pub mod chg_5;
pub mod dat_1;
pub mod dat_2;
pub mod dat_3;
pub mod dat_4;
pub mod dat_5;
pub mod edg_1;
pub mod edg_2;
pub mod edg_3;
pub mod edg_4;
pub mod edg_5;
pub mod edg_6;
pub mod gov_1;
pub mod gov_2;
pub mod gov_3;
pub mod gov_4;
pub mod gov_5;
pub mod gov_6;
pub mod gov_7;
pub mod gov_8;
pub mod iam_1;
pub mod iam_2;
pub mod iam_3;
pub mod iam_4;
pub mod iam_5;
pub mod iam_6;
pub mod iam_7;
pub mod iam_8;
pub mod iam_9;
pub mod inv_1;
pub mod inv_2;
pub mod inv_3;
pub mod inv_4;
pub mod ir_1;
pub mod ir_2;
pub mod ir_3;
pub mod ir_4;
pub mod ir_5;
pub mod ir_6;
pub mod log_1;
pub mod log_2;
pub mod log_3;
pub mod log_4;
pub mod log_5;
pub mod mon_1;
pub mod mon_2;
pub mod mon_3;
pub mod mon_4;
pub mod phy_0;
pub mod pin_1;
pub mod pin_2;
pub mod pin_3;
pub mod pin_4;
pub mod pin_5;
pub mod prv_1;
pub mod prv_2;
pub mod prv_3;
pub mod prv_4;
#[cfg(test)]
mod tests;
pub mod tst_1;
pub mod tst_2;
pub mod tst_3;
pub mod tst_4;
pub mod tst_5;

use crate::control::Control;

/// Every control, family by family.
pub static ALL: &[&Control] = &[
    &inv_1::CONTROL,
    &inv_2::CONTROL,
    &inv_3::CONTROL,
    &inv_4::CONTROL,
    &dat_1::CONTROL,
    &dat_2::CONTROL,
    &dat_3::CONTROL,
    &dat_4::CONTROL,
    &dat_5::CONTROL,
    &iam_1::CONTROL,
    &iam_2::CONTROL,
    &iam_3::CONTROL,
    &iam_4::CONTROL,
    &iam_5::CONTROL,
    &iam_6::CONTROL,
    &iam_7::CONTROL,
    &iam_8::CONTROL,
    &iam_9::CONTROL,
    &edg_1::CONTROL,
    &edg_2::CONTROL,
    &edg_3::CONTROL,
    &edg_4::CONTROL,
    &edg_5::CONTROL,
    &edg_6::CONTROL,
    &log_1::CONTROL,
    &log_2::CONTROL,
    &log_3::CONTROL,
    &log_4::CONTROL,
    &log_5::CONTROL,
    &mon_1::CONTROL,
    &mon_2::CONTROL,
    &mon_3::CONTROL,
    &mon_4::CONTROL,
    &tst_1::CONTROL,
    &tst_2::CONTROL,
    &tst_3::CONTROL,
    &tst_4::CONTROL,
    &tst_5::CONTROL,
    &chg_1::CONTROL,
    &chg_2::CONTROL,
    &chg_3::CONTROL,
    &chg_4::CONTROL,
    &chg_5::CONTROL,
    &ir_1::CONTROL,
    &ir_2::CONTROL,
    &ir_3::CONTROL,
    &ir_4::CONTROL,
    &ir_5::CONTROL,
    &ir_6::CONTROL,
    &gov_1::CONTROL,
    &gov_2::CONTROL,
    &gov_3::CONTROL,
    &gov_4::CONTROL,
    &gov_5::CONTROL,
    &gov_6::CONTROL,
    &gov_7::CONTROL,
    &gov_8::CONTROL,
    &avl_1::CONTROL,
    &avl_2::CONTROL,
    &avl_3::CONTROL,
    &prv_1::CONTROL,
    &prv_2::CONTROL,
    &prv_3::CONTROL,
    &prv_4::CONTROL,
    &pin_1::CONTROL,
    &pin_2::CONTROL,
    &pin_3::CONTROL,
    &pin_4::CONTROL,
    &pin_5::CONTROL,
    &phy_0::CONTROL,
];

/// The control of that id, in any case.
pub fn find(id: &str) -> Option<&'static Control> {
    ALL.iter().copied().find(|control| control.id.eq_ignore_ascii_case(id))
}

/// The probe of that id, in any case, with its control.
pub fn find_probe(id: &str) -> Option<(&'static Control, &'static crate::control::Probe)> {
    let probes = |control: &'static Control| {
        control.sources.probes.iter().map(move |probe| (control, probe))
    };
    ALL.iter().copied().flat_map(probes).find(|(_, probe)| probe.id.eq_ignore_ascii_case(id))
}
