//! The `azml` program: everything is in the library.

fn main() -> std::process::ExitCode {
    azml::main(std::env::args_os())
}
