package io.github.zklb.actuate;

import io.github.zklb.policy.SettingLayers;
import org.jspecify.annotations.Nullable;

/** Tells what has set a setting. */
@FunctionalInterface
public interface SettingOrigins {

    /**
     * The name of the property that counts for a service, or the node in ZooKeeper.
     *
     * @param layers what operators have set
     * @param setting the property below {@code zk-lb}, such as {@code consistent-hash.algorithm}
     * @return null if nothing is set, so that the default counts
     */
    @Nullable String of(String serviceId, SettingLayers layers, String setting);
}
