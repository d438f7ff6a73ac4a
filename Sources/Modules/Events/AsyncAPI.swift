import Kernel

/// The description of the events of this stack, made of what its modules declare (AsyncAPI 3.0).
struct AsyncAPI: Sendable {
    let catalogue: EventCatalogue
    let identity: ServiceIdentity
    let source: String

    var json: JSON {
        var schemas: [String: JSON] = [:]
        var messages = JSONObject()
        var references = JSONObject()
        var ofOperation: [JSON] = []
        for type in catalogue.types {
            messages[type.fullName] = message(type, &schemas)
            references[type.fullName] = ["$ref": .string("#/components/messages/\(type.fullName)")]
            ofOperation.append(["$ref": .string("#/channels/events/messages/\(type.fullName)")])
        }
        var named = JSONObject()
        for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) { named[name] = schema }
        return [
            "asyncapi": "3.0.0",
            "info": [
                "title": .string("\(identity.service): events"), "version": .string(identity.version),
                "description": "Each event is a CloudEvent (version 1.0, JSON format)",
            ],
            "defaultContentType": "application/json",
            "channels": [
                "events": [
                    "address": "/events",
                    "description": "Server-Sent Events for Accept: text/event-stream, lists otherwise",
                    "messages": .object(references),
                ]
            ],
            "operations": [
                "sendEvents": [
                    "action": "send", "channel": ["$ref": "#/channels/events"],
                    "summary": "Tells followers and webhooks what has happened, in order and without gaps",
                    "messages": .array(ofOperation),
                ]
            ],
            "components": ["messages": .object(messages), "schemas": .object(named)],
        ]
    }

    private func message(_ type: EventType, _ schemas: inout [String: JSON]) -> JSON {
        let text: JSON = ["type": "string"]
        return [
            "name": .string(type.fullName), "title": .string(type.summary),
            "contentType": "application/cloudevents+json",
            "payload": [
                "type": "object",
                "properties": [
                    "id": text, "type": ["const": .string(type.fullName)], "subject": text,
                    "sequence": ["type": "string", "pattern": "^[0-9]{20}$"], "specversion": ["const": "1.0"],
                    "source": ["const": .string(source)], "time": ["type": "string", "format": "date-time"],
                    "datacontenttype": ["const": "application/json"], "data": type.data.document(into: &schemas),
                ],
                "required": [
                    "id", "type", "subject", "sequence", "specversion", "source", "time", "datacontenttype", "data",
                ],
            ],
        ]
    }
}
