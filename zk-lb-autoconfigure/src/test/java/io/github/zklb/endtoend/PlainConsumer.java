package io.github.zklb.endtoend;

import io.github.zklb.springcloud.ZkLoadBalancer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** An application whose only dependency is the starter: no web server, no HTTP client. Started as a process. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class PlainConsumer {

    public static void main(String[] args) {
        try (ConfigurableApplicationContext context = SpringApplication.run(PlainConsumer.class, args)) {
            ZkLoadBalancer balancer = context.getBean(ZkLoadBalancer.class);
            for (int i = 0; i < 1_000; i++) {
                balancer.choose("shards");
            }
            System.out.println("picked " + balancer.choose("shards", "key"));
        }
    }
}
