package io.github.zklb.reports.web;

import com.sun.management.OperatingSystemMXBean;
import io.github.zklb.Message;
import io.github.zklb.UtilizationSource;
import io.github.zklb.reports.OwnLoad;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebFilter;

/** Has an application report its load, whether it registers anywhere or not. */
@AutoConfiguration
@ConditionalOnBooleanProperty("zk-lb.load-report.enabled")
@ConditionalOnBooleanProperty(name = "zk-lb.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LoadReportProperties.class)
public final class LoadReportAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(LoadReportAutoConfiguration.class);

    @Bean
    @ConditionalOnMissingBean
    OwnLoad zkLbOwnLoad(ObjectProvider<UtilizationSource> source) {
        AtomicBoolean told = new AtomicBoolean();
        return new OwnLoad(
                System::nanoTime,
                cpuNanos(),
                () -> Runtime.getRuntime().availableProcessors(),
                () -> utilization(source, told));
    }

    /** No request fails because the application cannot say. */
    private static double utilization(ObjectProvider<UtilizationSource> source, AtomicBoolean told) {
        try {
            UtilizationSource application = source.getIfUnique();
            return application == null ? Double.NaN : application.utilization();
        } catch (RuntimeException e) {
            if (told.compareAndSet(false, true)) {
                log.warn(
                        Message.A_SOURCE_OF_UTILIZATION_FAILS.of(
                                "The UtilizationSource fails; as long as it does, reports go by the processor"),
                        e);
            }
            return Double.NaN;
        }
    }

    /** Not every Java knows the processor time of its own process. */
    private static LongSupplier cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system::getProcessCpuTime
                : () -> -1;
    }

    /** On Spring MVC, or whatever else is a servlet. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class OnServlets {

        @Bean
        FilterRegistrationBean<LoadReportFilter> zkLbLoadReportFilter(OwnLoad load) {
            FilterRegistrationBean<LoadReportFilter> filter = new FilterRegistrationBean<>(new LoadReportFilter(load));
            filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return filter;
        }
    }

    /** On WebFlux. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class OnWebFlux {

        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        WebFilter zkLbLoadReportFilter(OwnLoad load) {
            return new LoadReportWebFilter(load);
        }
    }
}
