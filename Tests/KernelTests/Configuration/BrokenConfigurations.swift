extension BrokenConfiguration {
    static let values: [BrokenConfiguration] = [
        .init(
            name: "a word for a whole number", yaml: "http:\n  port: abc",
            issues: [
                #"http.port: must be a whole number, not "abc" — config.yaml:2:9 — write a whole number, such as 1"#
            ]),
        .init(
            name: "a number in quotes", yaml: "http:\n  port: \"8000\"",
            issues: [
                #"http.port: must be a whole number, not the quoted text "8000" — config.yaml:2:9 — remove the quotes"#
            ]),
        .init(
            name: "a number beyond its range", yaml: "http:\n  port: 70000",
            issues: [
                #"http.port: must be from 1 to 65535, not "70000" — config.yaml:2:9 — choose a value in that range"#
            ]),
        .init(
            name: "a number beyond 64 bits", yaml: "http:\n  port: 99999999999999999999",
            issues: [
                "http.port: must be from 1 to 65535, not \"99999999999999999999\" — config.yaml:2:9"
                    + " — choose a value in that range"
            ]),
        .init(
            name: "an octal number", yaml: "http:\n  port: 08000",
            issues: [
                #"http.port: must be a whole number, not "08000" — config.yaml:2:9 — write a whole number, such as 1"#
            ]),
        .init(
            name: "a fraction", yaml: "http:\n  port: 80.5",
            issues: [
                #"http.port: must be a whole number, not "80.5" — config.yaml:2:9 — write a whole number, such as 1"#
            ]),
        .init(
            name: "a list for a number", yaml: "http:\n  port: [1, 2]",
            issues: [
                "http.port: must be a whole number, not a list — config.yaml:2:9"
                    + " — write a whole number after the colon"
            ]),
        .init(
            name: "a section for a text", yaml: "http:\n  host:\n    name: x",
            issues: ["http.host: must be text, not a section — config.yaml:3:5 — write text after the colon"]),
        .init(
            name: "a key without a value", yaml: "http:\n  host:\n  port: 1",
            issues: ["http.host: has no value — config.yaml:2:8 — give it text, or remove the line"]),
        .init(
            name: "null for a number", yaml: "http: {port: null}",
            issues: ["http.port: has no value — config.yaml:1:14 — give it a whole number, or remove the line"]),
        .init(
            name: "a bad unit of bytes", yaml: "http:\n  limits:\n    body: 1 MB",
            issues: [
                "http.limits.body: must be a number of bytes, not \"1 MB\" — config.yaml:3:11 — did you mean 1 MiB?"
            ]),
        .init(
            name: "a fraction of a unit of bytes", yaml: "http:\n  limits:\n    body: 1.5gb",
            issues: [
                "http.limits.body: must be a number of bytes, not \"1.5gb\" — config.yaml:3:11"
                    + " — did you mean 1536 MiB?"
            ]),
        .init(
            name: "a number of something else", yaml: "http:\n  limits:\n    body: 4 pages",
            issues: [
                "http.limits.body: must be a number of bytes, not \"4 pages\" — config.yaml:3:11"
                    + " — write a whole number, alone or with one of the units B, KiB, MiB, GiB, such as 1 KiB"
            ]),
        .init(
            name: "too few bytes", yaml: "http:\n  limits:\n    body: 10",
            issues: [
                "http.limits.body: must be from 1 KiB to 1 GiB, not \"10\" — config.yaml:3:11"
                    + " — choose a value in that range"
            ]),
        .init(
            name: "more bytes than 64 bits count", yaml: "http:\n  limits:\n    body: 9000000000000000 GiB",
            issues: [
                "http.limits.body: must be from 1 KiB to 1 GiB, not \"9000000000000000 GiB\" — config.yaml:3:11"
                    + " — choose a value in that range"
            ]),
        .init(
            name: "a span of time without a unit", yaml: "http:\n  deadlines:\n    idle: 60",
            issues: [
                "http.deadlines.idle: must be a span of time, not \"60\" — config.yaml:3:11 — did you mean 60s?"
            ]),
        .init(
            name: "a span of time in words", yaml: "http:\n  deadlines:\n    idle: 2.5 minutes",
            issues: [
                "http.deadlines.idle: must be a span of time, not \"2.5 minutes\" — config.yaml:3:11"
                    + " — did you mean 150s?"
            ]),
        .init(
            name: "a span of something else", yaml: "http:\n  deadlines:\n    idle: soon",
            issues: [
                "http.deadlines.idle: must be a span of time, not \"soon\" — config.yaml:3:11"
                    + " — write a whole number with one of the units ms, s, m, h, such as 1s"
            ]),
        .init(
            name: "a span of time below its range", yaml: "http:\n  deadlines:\n    idle: 5ms",
            issues: [
                "http.deadlines.idle: must be from 1s to 1h, not \"5ms\" — config.yaml:3:11"
                    + " — choose a value in that range"
            ]),
        .init(
            name: "a word that is none of those for true", yaml: "http:\n  allowUnauthenticated: yep",
            issues: [
                #"http.allowUnauthenticated: must be true or false, not "yep" — config.yaml:2:25 — write true or false"#
            ]),
        .init(
            name: "true in quotes", yaml: "http:\n  allowUnauthenticated: 'true'",
            issues: [
                "http.allowUnauthenticated: must be true or false, not the quoted text \"true\" — config.yaml:2:25"
                    + " — remove the quotes"
            ]),
        .init(
            name: "an unknown choice", yaml: "paint: {colour: bleu}",
            issues: [
                "paint.colour: must be one of red, green, blue, not \"bleu\" — config.yaml:1:17"
                    + " — did you mean \"blue\"?"
            ]),
        .init(
            name: "the beginning of a choice", yaml: "paint: {colour: G}",
            issues: [
                "paint.colour: must be one of red, green, blue, not \"G\" — config.yaml:1:17 — did you mean \"green\"?"
            ]),
        .init(
            name: "a choice like no other", yaml: "paint: {colour: transparent}",
            issues: [
                "paint.colour: must be one of red, green, blue, not \"transparent\" — config.yaml:1:17"
                    + " — choose one of them"
            ]),
        .init(
            name: "a text for a list", yaml: "http:\n  trustedOrigins: https://a.example",
            issues: [
                "http.trustedOrigins: must be a list, not \"https://a.example\" — config.yaml:2:19"
                    + " — write it as a list: [first, second]"
            ]),
        .init(
            name: "a list in a list", yaml: "http:\n  trustedOrigins: [[a]]",
            issues: ["http.trustedOrigins: must be text, not a list — config.yaml:2:19 — write text after the colon"]),
        .init(
            name: "a word in the environment", environment: ["JOB_SERVICE_HTTP__PORT": "http"],
            issues: [
                "http.port: must be a whole number, not \"http\" — environment variable JOB_SERVICE_HTTP__PORT"
                    + " — write a whole number, such as 1"
            ]),
        .init(
            name: "an empty variable with our prefix", environment: ["JOB_SERVICE_HTTP__PORT": ""],
            issues: [
                "http.port: must be a whole number, not \"\" — environment variable JOB_SERVICE_HTTP__PORT"
                    + " — write a whole number, such as 1"
            ]),
        .init(
            name: "a README variable that is no truth value", environment: ["BUMP_ENABLED": "maybe"],
            issues: [
                "modules.jobs.bumpEnabled: must be true or false, not \"maybe\" — environment variable BUMP_ENABLED"
                    + " — write true or false"
            ]),
        .init(
            name: "a value that tries to look like another line", environment: ["BUMP_ENABLED": "a\n\u{1b}[2Jb"],
            issues: [
                #"modules.jobs.bumpEnabled: must be true or false, not "a\n\u001b[2Jb""#
                    + " — environment variable BUMP_ENABLED — write true or false"
            ]),
        .init(
            name: "a URL with a password where a number is due", yaml: "http:\n  port: mongodb://me:pw@host/db",
            issues: [
                "http.port: must be a whole number, not \"mongodb://***@host/db\" — config.yaml:2:9"
                    + " — write a whole number, such as 1"
            ]),
    ]

    static let unknown: [BrokenConfiguration] = [
        .init(
            name: "a misspelt key", yaml: "http:\n  prt: 80",
            issues: ["unknown key 'http.prt' — config.yaml:2:3 — did you mean 'http.port'?"]),
        .init(
            name: "a key in the wrong section", yaml: "port: 80",
            issues: ["unknown key 'port' — config.yaml:1:1 — did you mean 'http.port'?"]),
        .init(
            name: "a key in snake case", yaml: "modules:\n  jobs:\n    bump_enabled: true",
            issues: [
                "unknown key 'modules.jobs.bump_enabled' — config.yaml:3:5"
                    + " — did you mean 'modules.jobs.bumpEnabled'?"
            ]),
        .init(
            name: "a misspelt section, told once", yaml: "htttp:\n  port: 80\n  host: x",
            issues: ["unknown key 'htttp' — config.yaml:1:1 — did you mean 'http'?"]),
        .init(
            name: "an unknown module", yaml: "modules:\n  billing:\n    enabled: true",
            issues: [
                "unknown key 'modules.billing' — config.yaml:2:3 — remove it; known here: authentication, jobs"
            ]),
        .init(
            name: "a value where a section is due", yaml: "http: 8000",
            issues: [
                "http: must be a section, not a single value — config.yaml:1:7 — write its keys indented below 'http:'"
            ]),
        .init(
            name: "a misspelt key in the overlay", yaml: "stacks:\n  local:\n    http:\n      prot: 80",
            issues: ["unknown key 'stacks.local.http.prot' — config.yaml:4:7 — did you mean 'stacks.local.http.port'?"]),
        .init(
            name: "a misspelt key in the overlay of another stack", yaml: "stacks:\n  qa:\n    http:\n      prot: 80",
            issues: ["unknown key 'stacks.qa.http.prot' — config.yaml:4:7 — did you mean 'stacks.qa.http.port'?"]),
        .init(
            name: "an overlay that is a list", yaml: "stacks:\n  qa: [http]",
            issues: [
                "stacks.qa: must be a section, not a list — config.yaml:2:7 — write its keys indented below 'qa:'"
            ]),
        .init(
            name: "overlays that are a text", yaml: "stacks: qa",
            issues: [
                "stacks: must be a section, not a single value — config.yaml:1:9"
                    + " — write its keys indented below 'stacks:'"
            ]),
        .init(
            name: "an overlay that chooses the stack", yaml: "stacks:\n  local:\n    service:\n      stack: qa",
            issues: [
                "stacks.local.service.stack: an overlay cannot choose the stack — config.yaml:4:7"
                    + " — remove it; set STACK, or service.stack at the top level"
            ]),
        .init(
            name: "an overlay in an overlay", yaml: "stacks:\n  qa:\n    stacks: {}",
            issues: [
                "unknown key 'stacks.qa.stacks' — config.yaml:3:5"
                    + " — remove it; known here: http, modules, paint, service, storage"
            ]),
        .init(
            name: "a misspelt variable", environment: ["JOB_SERVICE_HTTP__PRT": "80"],
            issues: [
                "unknown environment variable JOB_SERVICE_HTTP__PRT — environment variable JOB_SERVICE_HTTP__PRT"
                    + " — did you mean JOB_SERVICE_HTTP__PORT?"
            ]),
        .init(
            name: "a variable with one underscore", environment: ["JOB_SERVICE_HTTP_PORT": "80"],
            issues: [
                "unknown environment variable JOB_SERVICE_HTTP_PORT — environment variable JOB_SERVICE_HTTP_PORT"
                    + " — did you mean JOB_SERVICE_HTTP__PORT?"
            ]),
        .init(
            name: "a variable like no other", environment: ["JOB_SERVICE_A__B": ""],
            issues: ["unknown environment variable JOB_SERVICE_A__B — environment variable JOB_SERVICE_A__B — unset it"]
        ),
    ]

    static let texts: [BrokenConfiguration] = [
        .init(
            name: "a key given twice", yaml: "http:\n  port: 1\n  port: 2",
            issues: [
                "the key 'http.port' is given twice (first at config.yaml:2:3) — config.yaml:3:3 — keep one of them"
            ]),
        .init(
            name: "a section given twice", yaml: "http: {}\npaint: {}\nhttp: {}",
            issues: ["the key 'http' is given twice (first at config.yaml:1:1) — config.yaml:3:1 — keep one of them"]),
        .init(
            name: "an anchor and its alias", yaml: "http:\n  host: &name x\nstorage:\n  url: *name",
            issues: [
                "anchors are not supported (&name) — config.yaml:2:9 — remove it, and write the value out where used",
                "aliases are not supported (*name) — config.yaml:4:8 — write the value out",
                "storage.url: has no value — config.yaml:4:8 — give it text, or remove the line",
            ]),
        .init(
            name: "a merge key", yaml: "http:\n  <<: *base",
            issues: ["aliases are not supported (*base) — config.yaml:2:7 — write the value out"]),
        .init(
            name: "a tag", yaml: "http:\n  host: !!str x",
            issues: [
                "tags are not supported (tag:yaml.org,2002:str) — config.yaml:2:9"
                    + " — remove it; the key decides the type of its value"
            ]),
        .init(
            name: "a tab for indentation", yaml: "http:\n\tport: 1",
            issues: ["a tab is used for indentation — config.yaml:2:1 — indent with spaces"]),
        .init(
            name: "two documents", yaml: "http: {}\n---\npaint: {}",
            issues: [
                "the file holds more than one YAML document — config.yaml:2:1"
                    + " — keep one document; what differs between stacks goes under 'stacks'"
            ]),
        .init(
            name: "a list at the top", yaml: "- http",
            issues: [
                "the top level must be sections such as 'http:', not a list — config.yaml:1:1"
                    + " — start the file with a section, its keys indented below it"
            ]),
        .init(
            name: "a word at the top", yaml: "http",
            issues: [
                "the top level must be sections such as 'http:', not a single value — config.yaml:1:1"
                    + " — start the file with a section, its keys indented below it"
            ]),
        .init(
            name: "a bracket that is not closed", yaml: "http:\n  trustedOrigins: [a\nstorage: {}",
            issues: [
                "not readable as YAML: did not find expected ',' or ']' while parsing a flow sequence"
                    + " — config.yaml:3:8 — correct the text at this place"
            ]),
        .init(
            name: "a quote that is not closed", yaml: "http:\n  host: \"x",
            issues: [
                "not readable as YAML: found unexpected end of stream while scanning a quoted scalar"
                    + " — config.yaml:2:11 — correct the text at this place"
            ]),
        .init(
            name: "a control character", yaml: "http:\n  host: a\u{01}b",
            issues: [
                "not readable as YAML: control characters are not allowed — config.yaml:2:10"
                    + " — correct the text at this place"
            ]),
        .init(
            name: "a list for a key", yaml: "? [a]\n: b",
            issues: ["a key must be a name, not a list — config.yaml:1:3 — write the key as plain text"]),
        .init(
            name: "a nest without end", yaml: "http: " + String(repeating: "[", count: 100_000),
            issues: [
                "not readable as YAML: nested deeper than 16 levels — config.yaml:1:23 — correct the text at this place"
            ]),
    ]

    static let expansions: [BrokenConfiguration] = [
        .init(
            name: "a variable that is not set", yaml: "http:\n  host: ${BIND}",
            issues: [
                "http.host: environment variable BIND is not set — config.yaml:2:9 — set BIND, or write ${BIND:-default}"
            ]),
        .init(
            name: "a brace that is not closed", yaml: "http:\n  host: ${BIND",
            issues: [
                "http.host: \"${\" is not closed — config.yaml:2:9"
                    + " — write ${NAME} or ${NAME:-default}; a dollar sign itself is written $$"
            ]),
        .init(
            name: "a name that is none", yaml: "http:\n  host: ${1 2}",
            issues: [
                "http.host: \"${1 2}\" does not name an environment variable — config.yaml:2:9"
                    + " — write ${NAME} or ${NAME:-default}; a dollar sign itself is written $$"
            ]),
        .init(
            name: "what a variable holds is of the wrong type", yaml: "http:\n  port: ${PORT}",
            environment: ["PORT": "80a"],
            issues: [
                "http.port: must be a whole number, not \"80a\" (from \"${PORT}\") — config.yaml:2:9"
                    + " — write a whole number, such as 1"
            ]),
        .init(
            name: "a variable in a list that is not set", yaml: "http:\n  trustedOrigins: [a, \"${B}\"]",
            issues: [
                "http.trustedOrigins: environment variable B is not set — config.yaml:2:19"
                    + " — set B, or write ${B:-default}"
            ]),
    ]
}
