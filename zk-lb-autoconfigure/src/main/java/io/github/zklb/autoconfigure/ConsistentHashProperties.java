package io.github.zklb.autoconfigure;

import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.consistent-hash}.
 *
 * @param algorithm Algorithm that maps a key to an instance.
 * @param key Sources of a request's key, the first that is present counts: header:NAME, cookie:NAME, query:NAME, path,
 *     path:N (a segment, from 0), method, attribute:NAME (WebClient and Gateway only), bean:NAME (a HashKeyResolver).
 * @param whenMissing Strategy for a request without any key; 'fail' refuses such a request.
 * @param virtualNodes Number of points on the ring for an instance of mean weight, 1 to 4096. More points balance
 *     better and take more memory. All clients of a service must agree on it.
 * @param tableSize Least number of slots of the table of maglev and rendezvous, 1000 to 2000000. Without it the size
 *     follows from the number of instances. All clients of a service must agree on it.
 * @param boundedLoad Factor, from 1, by which the requests in flight to an instance may exceed its share before its keys go
 *     on to their next instance. Without it there is no bound.
 * @param identity Part of a registration that places it on the ring: the address survives a restart of the instance.
 */
public record ConsistentHashProperties(
        @DefaultValue("ring") Algorithm algorithm,
        @DefaultValue List<String> key,
        @DefaultValue("weighted") String whenMissing,
        @DefaultValue("160") int virtualNodes,
        @Nullable Integer tableSize,
        @Nullable Double boundedLoad,
        @DefaultValue("address") Identity identity) {

    /** Checks the values. */
    public ConsistentHashProperties {
        new ConsistentHashSettings(algorithm, virtualNodes, tableSize, boundedLoad, identity, whenMissing);
    }

    ConsistentHashSettings toSettings() {
        return new ConsistentHashSettings(algorithm, virtualNodes, tableSize, boundedLoad, identity, whenMissing);
    }
}
