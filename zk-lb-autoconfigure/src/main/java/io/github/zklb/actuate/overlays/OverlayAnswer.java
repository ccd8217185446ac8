package io.github.zklb.actuate.overlays;

import io.github.zklb.actuate.OverlayDescription;
import io.github.zklb.actuate.RehearsedChange;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the endpoint answers where it does not refuse. */
public sealed interface OverlayAnswer {

    /**
     * The overlays of a service, as this application has read them.
     *
     * @param schema the version of this form
     * @param service the service's id
     * @param writable whether this application may write for the service
     * @param warnings what whoever writes for the service should know
     * @param overlays all of them, whoever has written them
     */
    record All(int schema, String service, boolean writable, List<String> warnings, List<OverlayDescription> overlays)
            implements OverlayAnswer {}

    /**
     * What would come of an overlay.
     *
     * @param schema the version of this form
     * @param service the service's id
     * @param name the name of its node
     * @param expectedVersion what to send with it, so that it takes the place of nothing else
     * @param id the id of the registration that it would be about; null if it is about none
     * @param expires when it would end, if it were written now, by this application's clock
     * @param warnings what whoever writes it should know
     * @param rehearsal what would come of it
     */
    record Preview(
            int schema,
            String service,
            String name,
            long expectedVersion,
            @Nullable String id,
            Instant expires,
            List<String> warnings,
            RehearsedChange rehearsal)
            implements OverlayAnswer {}

    /**
     * An overlay that was written, and what this application has made of it. Other clients read it within moments.
     *
     * @param schema the version of this form
     * @param service the service's id
     * @param name the name of its node
     * @param version its version, to be expected by who changes or deletes it
     * @param target whom it is about
     * @param set what it sets
     * @param expires when it ends
     * @param author who has written it
     * @param reason why
     * @param state what has become of it; null if this application has not read it yet
     * @param because why it is not applied; null if it is
     * @param warnings what whoever has written it should know
     */
    record Written(
            int schema,
            String service,
            String name,
            long version,
            String target,
            OverlayDescription.Setting set,
            Instant expires,
            @Nullable String author,
            @Nullable String reason,
            OverlayDescription.@Nullable State state,
            @Nullable String because,
            List<String> warnings)
            implements OverlayAnswer {}

    /**
     * An overlay that was deleted.
     *
     * @param schema the version of this form
     * @param service the service's id
     * @param name the name that its node had
     */
    record Deleted(int schema, String service, String name) implements OverlayAnswer {}
}
