package io.github.zklb.membership;

import io.github.zklb.HostSet;
import java.time.Instant;

/**
 * The endpoints of a service as the last-good store keeps them.
 *
 * @param hosts the endpoints, at least one
 * @param confirmed when ZooKeeper confirmed them last, by the wall clock
 */
public record StoredHosts(HostSet hosts, Instant confirmed) {}
