package io.github.zklb.sample.demo;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the demo runs: the properties {@code demo.*}.
 *
 * @param exit whether the process ends after the demo, instead of serving the table until Ctrl-C
 * @param requests the number of requests sent by weight
 * @param keys the number of users whose requests are followed
 * @param outage how long ZooKeeper is stopped
 */
public record DemoSettings(
        @DefaultValue("false") boolean exit,
        @DefaultValue("12000") int requests,
        @DefaultValue("2000") int keys,
        @DefaultValue("10s") Duration outage) {}
