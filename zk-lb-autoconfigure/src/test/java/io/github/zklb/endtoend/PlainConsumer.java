package io.github.zklb.endtoend;

import io.github.zklb.springcloud.ZkLoadBalancer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ConfigurableApplicationContext;

/** An application whose only dependency is the starter: no web server, no HTTP client. Started as a process. */
@SpringBootApplication
class PlainConsumer {

    public static void main(String[] args) {
        try (ConfigurableApplicationContext context = SpringApplication.run(PlainConsumer.class, args)) {
            System.out.println("picked " + context.getBean(ZkLoadBalancer.class).choose("shards", "key"));
            LoadBalancerClient client = context.getBean(LoadBalancerClient.class);
            for (int i = 0; i < 1_000; i++) {
                client.choose("shards");
            }
            System.out.println("by hand " + client.choose("shards"));
        }
    }
}
