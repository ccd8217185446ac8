package io.github.zklb.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * A provider as a user writes it, started as a process: Spring MVC on Tomcat, registered by Spring Cloud Zookeeper. A
 * request takes a while, so that some are always in flight. Before it is ready it answers 503; {@code preparation} is how
 * long its runner takes, {@code work} the processor time of a request.
 */
@RestController
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ProviderApplication {

    /** What the process prints when it is registered and serves. */
    static final String READY = "this provider is ready";

    private static final long NANOS = Duration.ofMillis(20).toNanos();

    private final long work;
    private volatile boolean ready;

    ProviderApplication(@Value("${work:0s}") Duration work) {
        this.work = work.toNanos();
    }

    public static void main(String[] args) {
        SpringApplication.run(ProviderApplication.class, args);
    }

    @RequestMapping("/")
    String answer(@RequestBody(required = false) String body) {
        if (!ready) {
            throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE);
        }
        LockSupport.parkNanos(NANOS);
        work();
        return "answer to " + body;
    }

    /** Until this thread has used so much of a processor, however long that takes. */
    private void work() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = work == 0 ? 0 : threads.getCurrentThreadCpuTime() + work;
        while (work > 0 && threads.getCurrentThreadCpuTime() < end) {
            Thread.onSpinWait();
        }
    }

    @Bean
    ApplicationRunner preparation(@Value("${preparation:0s}") Duration time) {
        return arguments -> LockSupport.parkNanos(time.toNanos());
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> ready() {
        return event -> {
            ready = true;
            System.out.println(READY);
        };
    }
}
