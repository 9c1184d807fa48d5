//! What does a secret cost in Go?

use prefect_secrets_benches::Program;
use prefect_secrets_testing::{go, native, workspace};

use super::{Rows, hits};
use crate::bench::lab::{Lab, Place};
use crate::bench::report::Question;
use crate::bench::rounds::{Side, median, ratio, turns};
use crate::stage::finish;
use crate::{Outcome, python};

const TITLE: &str = "What does a secret cost in Go?";
const METHOD: &str = "CPU time of the one thread that a goroutine is locked to ([main.go](go/main.go)). The floor is a call into C that does \
nothing, and checks a value that is there already. The aim of `GetInto` is what that call and 1.5 × `get_into` in C take together \
in this run.";

pub(super) fn question(lab: &Lab) -> Question {
    let mut rows = Rows::of(TITLE);
    let place = hits::place(lab, 0);
    let program = program(lab, &place);
    for (key, loop_name) in [("go_get_into", "get_into"), ("go_get", "get")] {
        let measured = program.as_ref().map_err(Clone::clone).and_then(|program| {
            let side = |name| Side::new(program, format!("{name} #"));
            turns(&side(loop_name), &side("empty"), lab.effort, ratio)
        });
        let row = rows.add(key, measured);
        if let (Some(aim), Ok(measured)) = (&mut row.aim, &row.measured) {
            let in_c = lab
                .host(&place)
                .and_then(|host| median(&Side::new(&host, "get_into_env #"), lab.effort));
            if let (Ok(in_c), Some(empty)) = (in_c, measured.floor) {
                aim.aim = (1.0 + 1.5 * in_c / empty).min(aim.limit);
            }
        }
    }
    rows.question(TITLE, METHOD)
}

/// `benches/go`, built with the library that is measured, and running.
fn program(lab: &Lab, place: &Place) -> Outcome<Program> {
    python::go()?;
    python::native()?;
    let go = go::find().ok_or("there is no Go")?;
    let pkg_config = native::pkg_config().ok_or("there is no pkg-config")?;
    let library = &lab.library.folder;
    let include = workspace().join("include");
    let file = format!(
        "Name: prefect_secrets\nDescription: for the benches\nVersion: 0\nCflags: -I{}\nLibs: -L{} -lprefect_secrets\n",
        include.display(),
        library.display(),
    );
    std::fs::write(library.join("prefect_secrets.pc"), file).map_err(|error| error.to_string())?;
    let program = lab.c.folder().join("measuring");
    let mut build = go::command(&go, &workspace().join("benches/go"));
    build
        .env("CGO_ENABLED", "1")
        .env("PKG_CONFIG", pkg_config)
        .env("PKG_CONFIG_PATH", library)
        .arg("build")
        .arg("-o")
        .arg(&program)
        .arg(".");
    finish(&mut build)?;
    let mut command = place.command(&program);
    command.env("LD_LIBRARY_PATH", library);
    Program::start(&mut command).map_err(|error| error.to_string())
}
