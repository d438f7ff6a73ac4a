import Kernel

/// docs/configuration.md: all keys of the modules and drivers that are linked in, from what they declare.
enum ConfigurationGuide {
    static var markdown: String {
        let configuration = Configuration(of: Catalogue.product)
        // The defaults are sound. Were they not, the keys would be declared all the same.
        _ = try? Catalogue.assemble(configuration, log: Logger("guide", sink: ErrorSink()))
        // That reads the section of the driver which the default names. What the others think of this URL is no matter.
        for driver in Catalogue.drivers {
            guard let scheme = driver.schemes.first, let url = StorageURL("\(scheme):") else { continue }
            _ = driver.init(url: url, reading: configuration.root.section("storage"))
        }
        return introduction + configuration.guide
    }

    private static let introduction = """
        # Configuration

        <!-- Written by `job-service man --configuration`; a test compares the two. -->

        `config.yaml`, in the working directory or named by `--config`, has all of these keys with their defaults and a
        word about each. Everything may be left out. Strongest first, a value comes from

        1. its variable `JOB_SERVICE_<SECTION>__<KEY>`,
        2. the platform's own name for it, such as `INPUT_DIR`, where the table has one,
        3. the secrets file, for what may be secret,
        4. the overlay `stacks.<STACK>` of the file, with the same keys below it,
        5. the file, where `${NAME}` and `${NAME:-default}` stand for variables,
        6. the built-in default.

        Keys that nobody knows, and values of the wrong kind, are told all at once, each with its place and what to do,
        and the service does not start (exit code 78). `job-service check` prints what is in force and where each value
        came from. The last column says whether a running service takes a change over at SIGHUP (`systemctl reload`) or
        needs a restart.

        An unknown variable is such a problem too if its name has `JOB_SERVICE_` and `__` in it, or is a slip away from
        one in the tables (`JOB_SERVICE_HTTP_PORT`). Others are left alone: `JOB_SERVICE_URL`, by which clients are told
        where this service is, and what Kubernetes tells pods of Services named `job-service` or `job-service-…`.
        A `STACK` that is none of the file's overlays is a warning that names them.

        For `true` and `false` there may also be `yes`/`no`, `on`/`off`, `t`/`f`, `y`/`n` and `1`/`0`, in any letter
        case.


        """
}
