package io.github.zklb.endtoend;

import io.github.zklb.springcloud.ZkLoadBalancer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;

/**
 * An application that picks some thousand times a second until its input ends. Whenever a pick is another than the one before, it
 * prints when, in microseconds, and which.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class PickingProcess {

    static final String PICKED = "picked ";

    private static final long PAUSE_NANOS = 200_000;

    public static void main(String[] args) throws Exception {
        SpringApplication application = new SpringApplicationBuilder(PickingProcess.class)
                .web(WebApplicationType.NONE)
                .build();
        ZkLoadBalancer balancer = application.run(args).getBean(ZkLoadBalancer.class);
        String last = "";
        while (System.in.available() == 0) {
            String picked = balancer.choose("far").map(each -> each.getHost()).orElse("none");
            if (!picked.equals(last)) {
                System.out.println(PICKED + ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) + " " + picked);
                last = picked;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        System.exit(0);
    }
}
