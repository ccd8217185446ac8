package io.github.zklb.autoconfigure;

import io.github.zklb.strategy.LeastRequestSettings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.least-request}.
 *
 * @param choiceCount Number of instances among which a pick takes the least loaded, 2 to 100.
 */
public record LeastRequestProperties(@DefaultValue("2") int choiceCount) {

    /** Checks the value. */
    public LeastRequestProperties {
        new LeastRequestSettings(choiceCount);
    }

    LeastRequestSettings toSettings() {
        return new LeastRequestSettings(choiceCount);
    }
}
