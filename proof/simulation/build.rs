//! Makes the crate's source ask the simulation for all that it would ask the system.

fn main() {
    println!("cargo::rustc-cfg=simulation");
}
