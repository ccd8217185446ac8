package io.github.zklb.engine.explain;

import static java.util.Objects.requireNonNull;

import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;

/** Explains requests of services as they are. */
public final class Explanations {

    private Explanations() {}

    /** Of a service that has a snapshot. */
    public static Explanation of(ServiceEngine engine, PickContext request, int most) {
        return requireNonNull(Scenario.present(engine, engine.snapshots().published()))
                .explain(request, most);
    }
}
