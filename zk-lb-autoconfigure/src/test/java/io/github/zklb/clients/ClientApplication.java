package io.github.zklb.clients;

import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;

/** An application whose clients are tested. It retries nothing unless it is told to. */
@FunctionalInterface
public interface ClientApplication {

    /**
     * Starts it.
     *
     * @param connectString where ZooKeeper is
     * @param properties such as {@code zk-lb.strategy=random}; they win over those that it sets itself
     */
    ConfigurableApplicationContext start(String connectString, List<String> properties);
}
