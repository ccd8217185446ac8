package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.Snapshot;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import reactor.core.scheduler.Schedulers;

/** Picks by hand from the engines that Spring's clients use too. */
public final class EngineLoadBalancer implements ZkLoadBalancer {

    private final ServiceEngines engines;

    /** Opens nothing yet. */
    public EngineLoadBalancer(ServiceEngines engines) {
        this.engines = engines;
    }

    @Override
    public Optional<ServiceInstance> choose(String serviceId, @Nullable String key) {
        ServiceEngine engine = engines.engine(serviceId);
        PickContext context = PickContext.ofKey(key);
        Snapshot snapshot = snapshot(engine);
        Endpoint picked = snapshot == null ? null : snapshot.pick(context);
        if (snapshot != null && picked != null) {
            engine.picks().given();
            return Optional.ofNullable(InstanceView.in(snapshot).answer(picked).getServer());
        }
        engine.picks().empty();
        if (snapshot == null || engine.refuses(context)) {
            throw new NoInstanceException(engine.noInstance(context));
        }
        return Optional.empty();
    }

    /** Waits for the first one where that is allowed; null if there is none in time. */
    private static @Nullable Snapshot snapshot(ServiceEngine engine) {
        Snapshot current = engine.snapshot();
        return current != null || Schedulers.isInNonBlockingThread()
                ? current
                : WatchedInstances.loaded(engine).block();
    }
}
