package io.github.zklb.actuate;

import io.github.zklb.engine.EventLog;
import io.github.zklb.engine.EventLog.Event;
import java.util.List;

/**
 * What has happened to one service of late.
 *
 * @param schema the version of this form
 * @param service the service's id
 * @param next the number of the event that will be the next: what to ask for another time
 * @param events those from the number on that was asked for, as far as they are kept, the oldest first
 */
public record ServiceEvents(int schema, String service, long next, List<Event> events) {

    static ServiceEvents of(String serviceId, EventLog log, long since) {
        long next = log.next();
        List<Event> events = log.since(since);
        return new ServiceEvents(
                ZkLbEndpoint.SCHEMA,
                serviceId,
                events.isEmpty() ? next : events.get(events.size() - 1).number() + 1,
                events);
    }
}
