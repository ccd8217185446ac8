package io.github.zklb.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A provider as a user writes it, started as a process: Spring MVC on Tomcat, registered by Spring Cloud Zookeeper. A
 * request takes a while, so that some are always in flight.
 */
@RestController
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ProviderApplication {

    /** What the process prints when it is registered and serves. */
    static final String READY = "this provider is ready";

    private static final long NANOS = Duration.ofMillis(20).toNanos();

    public static void main(String[] args) {
        SpringApplication.run(ProviderApplication.class, args);
    }

    @RequestMapping("/")
    String answer(@RequestBody(required = false) String body) {
        LockSupport.parkNanos(NANOS);
        return "answer to " + body;
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> ready() {
        return event -> System.out.println(READY);
    }
}
