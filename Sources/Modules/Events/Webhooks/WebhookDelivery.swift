import Kernel

/// Delivers events to one webhook, in their order and each until it is taken, wherever the instance that delivers ended.
struct WebhookDelivery: LongRunningService {
    let webhook: Webhook
    let catalogue: EventCatalogue
    let log: EventLog
    let tail: EventTail
    let register: WebhookRegister
    let sender: WebhookSender
    let worker: WorkerThread
    let metrics: WebhookMetrics
    let logger: Logger
    /// Told of replays.
    let wishes: ChangeSignal

    var name: String { "webhook \(webhook.name)" }

    /// For how long a webhook may fail before it is switched off.
    static let patience = Duration.seconds(3 * 86_400)
    private static let longestPause = 3600.0
    /// How often the lease is renewed.
    private static let renewal = Duration.seconds(10)
    /// How often it is noted at most how far it is, where nothing is delivered.
    private static let progressPause = Duration.seconds(1)

    func start() async throws {
        for type in webhook.types ?? [] where catalogue.fullName(of: type) == nil {
            let known = catalogue.types.map(\.fullName).joined(separator: ", ")
            throw BootIssue(
                .configuration,
                "modules.events.webhooks: '\(webhook.name)' wants events of the unknown type \(type.excerpt)",
                remedy: "choose among \(known)")
        }
        try worker.start()
    }

    func stop() async { worker.stop() }

    func run() async throws {
        while true {
            let asked = wishes.count
            guard let state = try await register.hold(webhook.name, of: log) else {
                // Another instance delivers; should it end, this one is to notice soon.
                try await Task.sleep(for: Self.renewal * .random(in: 0.5...1))
                continue
            }
            try await deliver(from: state, asked)
        }
    }

    /// Delivers for as long as this instance may, and nobody asks for another beginning.
    private func deliver(from start: WebhookRegister.State, _ asked: Int) async throws {
        var state = start
        guard state.off == nil else {
            // Somebody may switch it on again, here or on another instance.
            _ = try await wishes.wait(after: asked, atMost: Self.renewal)
            return
        }
        let follower = tail.join()
        defer { withExtendedLifetime(follower) {} }
        var reader = try await reader(&state)
        let types = webhook.types.map { Set($0.compactMap(catalogue.fullName)) }
        var savedAt = ContinuousClock.now
        while wishes.count == asked {
            let seen = tail.news.count
            let entries: [EventTail.Entry]
            do {
                entries = try await reader.next()
            } catch let error as HTTPError where error.status == .gone {
                reader = try await self.reader(&state)
                // Should that lead to the same place again, not in a hurry.
                try await Task.sleep(for: Self.progressPause)
                continue
            }
            for entry in entries where types?.contains(entry.event.type) ?? true {
                guard try await deliver(entry.event, &state) else { return }
            }
            // What is passed over is noted now and then; the lease matters only where there are others.
            let hasMoved = state.cursor != reader.cursor
            let pause = hasMoved ? Self.progressPause : Self.renewal
            if hasMoved || log.store.isShared, ContinuousClock.now - savedAt >= pause {
                state.cursor = reader.cursor
                savedAt = .now
                guard try await register.save(state, of: webhook.name) else { return }
            }
            if entries.isEmpty { _ = try await tail.news.wait(after: seen, atMost: Self.renewal) }
        }
    }

    /// Reads on from where the webhook is; from elsewhere, and tells so, if that is impossible.
    private func reader(_ state: inout WebhookRegister.State) async throws -> EventReader {
        do {
            let place = state.cursor.isNamed ? EventLog.Place.behind(state.cursor) : .start
            return try await EventReader(at: place, of: log, tail)
        } catch let error as HTTPError where error.status == .gone {
            let isPruned = error.code.isExactly("events.pruned")
            logger.error(
                "webhook \(webhook.name): its cursor \(state.cursor) leads nowhere any more (\(error.code)); it goes on "
                    + (isPruned ? "with the oldest event that is kept" : "with what happens now; replay what it needs"))
            metrics.jumped.add()
            let reader = try await EventReader(at: isPruned ? .start : .now, of: log, tail)
            state.cursor = reader.cursor
            return reader
        }
    }

    /// Delivers one event, trying again for as long as it takes.
    /// - Returns: false if this instance may deliver no more.
    private func deliver(_ event: Event, _ state: inout WebhookRegister.State) async throws -> Bool {
        var attempt = 0
        while true {
            switch try await send(event) {
            case .delivered:
                metrics.delivered.add()
                if state.failingSince != nil { logger.info("webhook \(webhook.name) takes events again") }
                state.cursor = event.cursor
                (state.failingSince, state.error) = (nil, nil)
                return try await register.save(state, of: webhook.name)
            case .gone:
                metrics.failed.add()
                return try await switchOff(&state, "the endpoint has answered 410")
            case .failed(let reason, let after):
                metrics.failed.add()
                attempt += 1
                if state.failingSince == nil || state.error?.isExactly(reason) != true {
                    logger.warning("webhook \(webhook.name) does not take an event, which is tried again: \(reason)")
                }
                let since = state.failingSince ?? .now
                (state.failingSince, state.error) = (since, reason)
                let failing = Duration.microseconds(Timestamp.now.microseconds - since.microseconds)
                if failing > Self.patience { return try await switchOff(&state, "failing for three days: \(reason)") }
                guard try await register.save(state, of: webhook.name),
                    try await pause(attempt, after, &state)
                else { return false }
            }
        }
    }

    private func send(_ event: Event) async throws -> WebhookSender.Outcome {
        let cancel = CancelFlag()
        let outcome = try await withTaskCancellationHandler {
            try await worker.run { [sender] in
                sender.send(event.bytes, id: event.cursor.description, isCancelled: cancel)
            }
        } onCancel: {
            cancel.set()
        }
        try Task.checkCancellation()
        return outcome
    }

    private func switchOff(_ state: inout WebhookRegister.State, _ reason: String) async throws -> Bool {
        state.off = reason
        logger.error(
            "webhook \(webhook.name) is switched off: \(reason); POST /webhooks/\(webhook.name)/replay begins anew")
        _ = try await register.save(state, of: webhook.name)
        return false
    }

    /// Waits before the next attempt, and keeps the lease meanwhile.
    private func pause(
        _ attempt: Int, _ asked: Duration?, _ state: inout WebhookRegister.State
    ) async throws -> Bool {
        let longest = min(Double(1 << min(attempt, 20)) / 2, Self.longestPause)
        let own = Duration.seconds(longest * .random(in: 0.5...1))
        let wanted = min(max(own, asked ?? .zero), .seconds(86_400))
        let end = ContinuousClock.now + wanted
        let seen = wishes.count
        while true {
            let rest = end - .now
            guard rest > .zero else { return true }
            if try await wishes.wait(after: seen, atMost: min(rest, Self.renewal)) != seen { return false }
            guard try await register.save(state, of: webhook.name) else { return false }
        }
    }
}
