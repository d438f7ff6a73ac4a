import Events
import Kernel
import KernelTesting
import Notes
import StorageSQLite
import Testing

@Suite("The events of notes")
struct NoteEventsTests {
    @Test("tell of what is added, and are described; without the events module there are none")
    func added() async throws {
        for isOn in [true, false] {
            try await withApplication(
                modules: [EventsModule.self, NotesModule.self], drivers: [SQLiteDriver.self],
                configuration: "modules: {events: {enabled: \(isOn)}}",
                environment: ["JOB_SERVICE_STORAGE__URL": "sqlite::memory:"]
            ) { client in
                let note = try await client.post("/notes", ["dataset": "A_SET", "text": "Look here"])
                #expect(note.status == 200)
                let reply = try await client.get("/events")
                guard isOn else {
                    #expect(reply.status == 404)
                    return
                }
                let event = try #require(try reply.json["events"]?.array?.first)
                #expect(event["type"] == "job-service.note.added")
                #expect(event["subject"] == (try note.json["noteId"]))
                #expect(event["data"]?["note"] == (try note.json))
                let messages = try await client.get("/asyncapi.json").json["components"]?["messages"]
                #expect(messages?["job-service.note.added"]?["payload"] != nil)
            }
        }
    }
}
