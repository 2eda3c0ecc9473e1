//! Wrong joints are compile errors, with messages that help.

#[test]
fn wrong_joints_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
