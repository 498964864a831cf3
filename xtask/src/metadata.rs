//! What `cargo metadata` knows of the workspace's packages and of those they depend on.

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use crate::Outcome;
use crate::workspace::Workspace;

/// Every package of the workspace and every package that any feature of them brings in.
pub(crate) fn metadata(workspace: &Workspace) -> Outcome<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(workspace.root()).features(CargoOpt::AllFeatures);
    command.exec().map_err(|why| why.to_string())
}
