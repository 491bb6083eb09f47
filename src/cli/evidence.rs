//! `xuncha evidence`: verification and packages.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use super::args::{EvidenceCommand, ExportArgs};
use super::config::Config;
use super::output::print;
use super::{Exit, Failed, say};
use crate::desk;
use crate::evidence::{self, EvidenceError, PackageKey, Verification};
use crate::fetch::Fetcher;
use crate::fetch::settings::FetchSettings;
use crate::lang::Lang;
use crate::report::escape;

pub(super) fn run(command: &EvidenceCommand, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    match command {
        EvidenceCommand::Export(args) => export(args, config, lang),
        EvidenceCommand::Verify { dirs, signed_by } => verify(dirs, signed_by.as_deref(), lang),
        EvidenceCommand::Stamp { file, authority, allow_private } => {
            let authority = authority.as_ref().or(config.stamp_authority.as_ref());
            stamp(file, authority, *allow_private || config.allow_private, lang)
        }
        EvidenceCommand::Key { file } => {
            let key = PackageKey::make(file).map_err(|error| bad_key(&error))?;
            print(&format!("{}\n", key.public_key()));
            Ok(Exit::Clean)
        }
    }
}

/// Packs what is named into one file, written beside and moved into place when it is whole.
fn export(args: &ExportArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for what in &args.what {
        if Path::new(what).is_dir() {
            folders.push(PathBuf::from(what));
            continue;
        }
        let kept =
            super::store::with(&args.store, config, async |store| desk::evidence_folders(store, what).await)?;
        folders.extend(kept.ok_or_else(|| super::findings::unknown(what))?);
    }
    if folders.is_empty() {
        return Err(Failed::usage("没有可导出的证据目录", "there is no evidence folder to export"));
    }
    let failed = |error: &dyn std::fmt::Display| {
        let name = args.output.display();
        Failed::usage(format!("无法导出 {name}：{error}"), format!("failed to {error}")).advise(
            "用 `xuncha evidence verify` 核对证据目录，并检查输出位置。",
            "check the folders with `xuncha evidence verify`, and the place of the output.",
        )
    };
    let key =
        args.key.as_ref().or(config.evidence_key.as_ref()).map(|file| PackageKey::read(file)).transpose();
    let key = key.map_err(|error| bad_key(&error))?;
    let packed = desk::package(&args.what.join(" "), &folders, &args.output, Timestamp::now(), key.as_ref())
        .map_err(|error| failed(&error))?;
    let (name, count, files, sha256) = (args.output.display(), packed.folders, packed.files, packed.sha256);
    print(&say(
        lang,
        &format!("{name}：{count} 个证据目录，{files} 个文件；datapackage.json 的 SHA-256 为 {sha256}\n"),
        &format!("{name}: {count} folders, {files} files; datapackage.json has the SHA-256 {sha256}\n"),
    ));
    Ok(Exit::Clean)
}

/// Looks for changed bytes in folders.
/// Asks an authority for a time stamp of a package and keeps the answer beside it.
fn stamp(file: &Path, authority: Option<&Url>, allow_private: bool, lang: Lang) -> Result<Exit, Failed> {
    let failed = |error: &dyn std::fmt::Display| {
        Failed::usage(format!("未取得时间戳：{error}"), format!("failed to {error}")).advise(
            "请核对证据包与时间戳机构网址（--authority 或设置中的 stamp_authority）；内网机构加 --allow-private。",
            "check the package and the authority (--authority, or stamp_authority in the settings); --allow-private for one in an own network.",
        )
    };
    let authority = authority.ok_or_else(|| failed(&"choose an authority: none is named"))?;
    let mut nonce = [0_u8; 8];
    getrandom::fill(&mut nonce).map_err(|error| Failed::internal(&error))?;
    let request = evidence::stamp_request(file, nonce).map_err(|error| failed(&error))?;
    let fetcher = Fetcher::new(FetchSettings::default()).map_err(|error| Failed::internal(&error))?;
    let headers = [("content-type".to_owned(), evidence::STAMP_QUERY.to_owned())];
    let posted = super::scan::runtime()?
        .block_on(fetcher.post(authority, &headers, request.query.clone(), allow_private))
        .map_err(|error| failed(&error))?;
    if posted.status != 200 {
        return Err(failed(&format!(
            "get a time stamp: the authority answered with status {}",
            posted.status
        )));
    }
    let time = request.accepts(&posted.body).map_err(|error| failed(&error))?;
    let kept = evidence::stamp_of(file);
    std::fs::write(&kept, &posted.body)
        .map_err(|error| failed(&format!("write {}: {error}", kept.display())))?;
    let (kept, file) = (kept.display(), file.display());
    print(&say(
        lang,
        &format!(
            "{kept}：时间 {time} UTC\n可用 openssl ts -verify -in {kept} -data {file} -CAfile 机构证书.pem 核验其签名\n"
        ),
        &format!(
            "{kept}: stamped {time} UTC\nopenssl ts -verify -in {kept} -data {file} -CAfile AUTHORITY.pem checks its signature\n"
        ),
    ));
    Ok(Exit::Clean)
}

pub(super) fn bad_key(error: &EvidenceError) -> Failed {
    Failed::usage(format!("签名密钥不可用：{error}"), format!("failed to {error}")).advise(
        "用 `xuncha evidence key FILE` 新建密钥；已有的密钥文件不会被覆盖。",
        "`xuncha evidence key FILE` makes a key; one that is there is never written over.",
    )
}

fn verify(dirs: &[PathBuf], signed_by: Option<&str>, lang: Lang) -> Result<Exit, Failed> {
    let mut sound = true;
    for dir in dirs {
        let verification = if dir.is_file() { evidence::verify_package(dir) } else { evidence::verify(dir) };
        let verification = verification.map_err(|error| {
            Failed::usage(format!("无法核验 {}：{error}", dir.display()), format!("failed to {error}"))
                .advise(
                    "请给出含 manifest.json 的证据目录，或由 evidence export 导出的 .wacz 文件。",
                    "name an evidence folder, one that holds manifest.json, or a .wacz file made by evidence export.",
                )
        })?;
        let signer = verification.signature.as_ref().map(|signature| signature.public_key.as_str());
        let signed =
            signed_by.is_none_or(|wanted| signer.is_some_and(|own| own.eq_ignore_ascii_case(wanted)));
        sound &= verification.is_intact() && signed;
        print(&told(dir, &verification, lang));
        match dir.is_file().then(|| evidence::stamped(dir)) {
            Some(Ok(Some(Ok(time)))) => print(&say(
                lang,
                &format!("  时间戳　{time} UTC，与证据包相符（机构签名请用 openssl ts -verify 核验）\n"),
                &format!(
                    "  time stamp  {time} UTC, of this package (openssl ts -verify checks the authority's signature)\n"
                ),
            )),
            Some(Ok(Some(Err(error)))) => {
                sound = false;
                print(&say(
                    lang,
                    &format!("  ✗ 时间戳不符：{error}\n"),
                    &format!("  ✗ time stamp: failed to {error}\n"),
                ));
            }
            _ => {}
        }
        if !signed {
            print(&say(lang, "  ✗ 没有该公钥的有效签名\n", "  ✗ it bears no good signature by that key\n"));
        }
    }
    if sound {
        return Ok(Exit::Clean);
    }
    super::output::note(&say(
        lang,
        "证据与清单不符，不得作为原始证据使用。",
        "the evidence does not match its manifest.",
    ));
    Ok(Exit::Findings)
}

/// A verification in words.
fn told(dir: &Path, verification: &Verification, lang: Lang) -> String {
    let files = verification.files;
    let dir = dir.display();
    let mut text = match (verification.is_intact(), lang) {
        (true, Lang::Zh) => format!("完好　{dir}：{files} 个文件，与清单逐字节一致\n"),
        (true, Lang::En) => format!("intact  {dir}: {files} files, every byte as listed\n"),
        (false, Lang::Zh) => format!("有异　{dir}：{} 处不符\n", verification.problems.len()),
        (false, Lang::En) => format!("differs  {dir}: {} problems\n", verification.problems.len()),
    };
    if let Some(signature) = &verification.signature {
        let (key, at) = (escape::visible(&signature.public_key), signature.signed);
        text += &say(
            lang,
            &format!("  签名有效　公钥 {key}，签名时间 {at}\n"),
            &format!("  signature holds  key {key}, signed {at}\n"),
        );
    }
    for problem in &verification.problems {
        let path = escape::visible(&problem.path);
        text += &format!("  ✗ {path}：{}\n", escape::visible(problem.detail.get(lang)));
    }
    text
}
