//! From Rust to the folder that npm packs.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Places, node};
use crate::debian::Compiler;
use crate::workspace::{Workspace, make_folder};
use crate::{Outcome, process};

const PACKAGE: &str = "ndcodec-wasm";
const SOURCES: &str = "crates/ndcodec-wasm/npm";
const PAGE: &str = "docs/page";
const BINDGEN: &str = "xtask/bindgen/Cargo.toml";
const C_FLAGS: &str = "-msimd128 -mbulk-memory";
const TARGET: &str = "wasm32-unknown-unknown";

/// A module: its name, which is the feature too.
struct Module {
    name: &'static str,
    /// How cargo is told to build it, beyond the profile.
    cargo: &'static [&'static str],
    /// How zstd is built.
    zstd: &'static str,
    /// Functions that are never called, and are left out.
    unused: &'static [&'static str],
    /// For what wasm-opt works: size or speed.
    optimised: &'static [&'static str],
    /// What it may have at most before it is compressed.
    most_bytes: u64,
}

const MODULES: &[Module] = &[
    Module {
        name: "common",
        cargo: &[
            "-Zbuild-std-features=optimize_for_size",
            "--config=profile.web.package.base64.opt-level='z'",
            "--config=profile.web.package.ndcodec-filters.opt-level='s'",
            "--config=profile.web.package.zlib-rs.opt-level='s'",
            "--config=profile.web.package.zstd-sys.opt-level='s'",
        ],
        // Without the strategies of levels above 3, which are half of it, and with one copy of each loop in place of one for
        // each of its cases.
        zstd: "-Os -DZSTD_NO_INLINE -DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DZSTD_EXCLUDE_GREEDY_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_LAZY_BLOCK_COMPRESSOR \
               -DZSTD_EXCLUDE_LAZY2_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTLAZY2_BLOCK_COMPRESSOR \
               -DZSTD_EXCLUDE_BTOPT_BLOCK_COMPRESSOR -DZSTD_EXCLUDE_BTULTRA_BLOCK_COMPRESSOR",
        unused: UNUSED,
        most_bytes: 500_000,
        // Below address 1024 lies nothing but the end of the stack, which the linker puts first. So no sum of a pointer and a
        // smaller constant wraps around, and the constant can become the offset of a load.
        optimised: &["--low-memory-unused", "--gufa-optimizing", "-Oz", "--converge", "--reorder-functions"],
    },
    Module { name: "full", cargo: &[], zstd: "-O3", unused: &[], most_bytes: 2_500_000, optimised: &["-O3"] },
];

/// What zstd has for dictionaries, matches of long distance, blocks of a wished length and a caller's own sequences, which no chain
/// asks for; and for splitting blocks, which begins above level 3.
const UNUSED: &[&str] = &[
    "ZSTD_compressBlock_doubleFast_dictMatchState_generic",
    "ZSTD_compressBlock_fast_dictMatchState_generic",
    "ZSTD_compressSuperBlock",
    "ZSTD_copyBlockSequences",
    "ZSTD_createCDict_advanced2",
    "ZSTD_deriveBlockSplitsHelper",
    "ZSTD_ldm_blockCompress",
    "ZSTD_ldm_fillHashTable",
    "ZSTD_ldm_generateSequences",
    "ZSTD_loadCEntropy",
    "ZSTD_loadDEntropy",
    "ZSTD_loadDictionaryContent",
];

/// What browsers have had since 2021, and Node 20 has.
const FEATURES: &str = "+simd128,+bulk-memory,+nontrapping-fptoint";
/// A panic stops the module, and nobody would see its message; no message of ours is made by `Debug`. Without them the module is
/// a fifth smaller.
const SMALL: &str = "-Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// Builds both modules, and puts the package together.
pub(super) fn package(workspace: &Workspace, places: &Places) -> Outcome {
    if let Some(why) = super::missing() {
        return Err(why);
    }
    let compiler = Compiler::prepare(workspace)?;
    node::prepare(workspace, places)?;
    let mut bindgen = workspace.cargo(["build", "--quiet", "--locked", "--manifest-path", BINDGEN]);
    process::run(bindgen.env("CARGO_TARGET_DIR", &places.tools))?;
    if places.npm.exists() {
        fs::remove_dir_all(&places.npm)
            .map_err(|error| format!("cannot remove {}: {error}", places.npm.display()))?;
    }
    copy_folder(&workspace.root().join(SOURCES), &places.npm)?;
    make_folder(&places.npm.join("wasm"))?;
    for module in MODULES {
        build(workspace, places, &compiler, module)?;
    }
    page(workspace, places)
}

/// Puts the page together, which any server of files can serve.
fn page(workspace: &Workspace, places: &Places) -> Outcome {
    if places.page.exists() {
        fs::remove_dir_all(&places.page)
            .map_err(|error| format!("cannot remove {}: {error}", places.page.display()))?;
    }
    copy_folder(&workspace.root().join(PAGE), &places.page)?;
    copy_folder(&places.npm, &places.page.join("ndcodec"))?;
    let plot = places.page.join("plot");
    make_folder(&plot)?;
    for name in ["uPlot.esm.js", "uPlot.min.css"] {
        let from = places.node.join("node_modules/uplot/dist").join(name);
        fs::copy(&from, plot.join(name))
            .map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    }
    println!("the page is in {}", places.page.display());
    Ok(())
}

fn build(workspace: &Workspace, places: &Places, compiler: &Compiler, module: &Module) -> Outcome {
    let name = module.name;
    let mut cargo = workspace.cargo(["rustc", "--quiet", "--locked", "-Zbuild-std=std,panic_abort"]);
    cargo.args(["--target", TARGET, "--profile", "web", "-p", PACKAGE, "--crate-type", "cdylib"]);
    cargo.args(["--no-default-features", "--features", name]).args(module.cargo);
    cargo.env("CARGO_TARGET_DIR", &places.build).env("CARGO_INCREMENTAL", "0");
    compiler.set_variables(&mut cargo);
    cargo.env("CC_wasm32_unknown_unknown", compiler.clang());
    // Any archiver does: the linker reads the symbols of each member itself.
    cargo.env("AR_wasm32_unknown_unknown", "ar");
    let flags = format!(
        "-Clinker={} -Clinker-flavor=wasm-ld -Ctarget-feature={FEATURES} -Zunstable-options {SMALL}",
        compiler.wasm_ld().display()
    );
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    cargo.env("CFLAGS_wasm32_unknown_unknown", format!("{C_FLAGS} {}", module.zstd));
    process::run(&mut cargo)?;

    let built = places.build.join(TARGET).join("web").join("ndcodec_wasm.wasm");
    let folder = places.npm.join("wasm");
    process::run(
        Command::new(places.tools.join("debug/bindgen"))
            .arg(&built)
            .arg(&folder)
            .arg(name)
            .args(module.unused),
    )?;
    let wasm = folder.join(format!("{name}_bg.wasm"));
    process::run(&mut node::wasm_opt(places, &wasm, module.optimised))?;
    let bytes = fs::metadata(&wasm).map_err(|error| format!("no {}: {error}", wasm.display()))?.len();
    println!("{name}: {bytes} bytes of WebAssembly");
    if bytes > module.most_bytes {
        return Err(format!("the module `{name}` has {bytes} bytes, and may have {}", module.most_bytes));
    }
    Ok(())
}

/// Copies a folder with all that is in it.
pub(super) fn copy_folder(from: &Path, to: &Path) -> Outcome {
    make_folder(to)?;
    let entries = fs::read_dir(from).map_err(|error| format!("cannot read {}: {error}", from.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))
                .map_err(|error| format!("cannot copy {}: {error}", path.display()))?;
        }
    }
    Ok(())
}
