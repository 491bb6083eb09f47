//! Who holds a lease: this machine, this process, since when. A process that was killed on this machine is known to be
//! gone, and its leases need not be waited for.

use std::fs;
use std::path::Path;

/// The name under which this process leases sites: machine, process, and the moment it was started.
pub fn this() -> String {
    let id = std::process::id();
    format!("{}:{id}:{}", machine(), started(id).unwrap_or_default())
}

/// Whether a holder was a process of this machine that is no more. Unknown where the system does not tell: then no.
pub fn is_gone(holder: &str) -> bool {
    let mut parts = holder.rsplitn(3, ':');
    let (Some(then), Some(id), Some(place)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(id) = id.parse::<u32>() else { return false };
    place == machine()
        && !then.is_empty()
        && Path::new("/proc/self").exists()
        && started(id).as_deref() != Some(then)
}

/// The name of this machine, and its boot: a process of before a restart is gone, too.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let boot = read("/proc/sys/kernel/random/boot_id");
    format!("{}/{}", read("/proc/sys/kernel/hostname"), boot.split('-').next().unwrap_or_default())
}

/// When a process was started, in ticks since the boot (`man 5 proc`, field 22 of `stat`); `None`: there is none.
fn started(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name before it may hold blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_others_are_left_alone() {
        assert!(!is_gone(&this()));
        assert!(!is_gone("elsewhere/1:1:1"), "another machine");
        for odd in ["", "x", "a:b:c", ":::"] {
            assert!(!is_gone(odd), "{odd}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_ended_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let (id, then) = (child.id(), started(child.id()).unwrap_or_else(|| "1".to_owned()));
        child.wait().unwrap();
        assert!(is_gone(&format!("{}:{id}:{then}", machine())));
    }
}
