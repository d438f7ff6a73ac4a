import Kernel

/// docs/configuration.md: all keys of the modules and drivers that are linked in, from what they declare.
struct ConfigurationGuide {
    let program: Program

    var markdown: String {
        let configuration = Configuration(of: program.product)
        // The defaults are sound. Were they not, the keys would be declared all the same.
        _ = try? program.assemble(configuration, log: Logger("guide", sink: ErrorSink()))
        // That reads the section of the driver which the default names. What the others think of this URL is no matter.
        for driver in program.drivers {
            guard let scheme = driver.schemes.first, let url = StorageURL("\(scheme):") else { continue }
            _ = driver.init(url: url, reading: configuration.root.section("storage"))
        }
        return introduction + configuration.guide
    }

    private var introduction: String {
        let (name, prefix) = (program.product.name, program.product.environmentPrefix)
        return """
            # Configuration

            <!-- Written by `\(name) man --configuration`; a test compares the two. -->

            `config.yaml`, in the working directory or named by `--config`, has all of these keys with their defaults and a
            word about each. Everything may be left out. Strongest first, a value comes from

            1. its variable `\(prefix)_<SECTION>__<KEY>`,
            2. the platform's own name for it, such as `INPUT_DIR`, where the table has one,
            3. the secrets file, for what may be secret,
            4. the overlay `stacks.<STACK>` of the file, with the same keys below it,
            5. the file, where `${NAME}` and `${NAME:-default}` stand for variables,
            6. the built-in default.

            Keys that nobody knows, and values of the wrong kind, are told all at once, each with its place and what to do,
            and the service does not start (exit code 78). `\(name) check` prints what is in force and where each value
            came from. The last column says whether a running service takes a change over at SIGHUP (`systemctl reload`) or
            needs a restart.

            An unknown variable is such a problem too if its name has `\(prefix)_` and `__` in it, or is a slip away from
            one in the tables (`\(prefix)_HTTP_PORT`). Others are left alone: `\(prefix)_URL`, by which clients are told
            where this service is, and what Kubernetes tells pods of Services named `\(name)` or `\(name)-…`.
            A `STACK` that is none of the file's overlays is a warning that names them.

            For `true` and `false` there may also be `yes`/`no`, `on`/`off`, `t`/`f`, `y`/`n` and `1`/`0`, in any letter
            case.


            """
    }
}
