package io.github.zklb.actuate;

import org.jspecify.annotations.Nullable;

/** Tells which property has set a setting. */
@FunctionalInterface
public interface SettingOrigins {

    /**
     * The name of the property that counts for a service.
     *
     * @param setting the property below {@code zk-lb}, such as {@code consistent-hash.algorithm}
     * @return null if none is set, so that the default counts
     */
    @Nullable String of(String serviceId, String setting);
}
