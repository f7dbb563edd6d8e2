//! Link flags for the addon.

fn main() {
    napi_build::setup();
}
