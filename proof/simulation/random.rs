//! `npm run simulate` as a test of cargo, for cargo-mutants: see `proof/mutants/README.md`.

mod simulate;

fn main() {
    simulate::main();
}
