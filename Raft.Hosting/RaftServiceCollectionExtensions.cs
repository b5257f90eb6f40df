using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Raft.Impl.Service;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Impl.Transport;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>Adds a Raft server to a host.</summary>
/// <remarks>
/// The server starts with the host and stops with it. The application uses <see cref="IRaft"/>. An <see cref="IRaftStorage"/>, an <see
/// cref="IRaftTransport"/> or a <see cref="TimeProvider"/> that is registered already takes the place of files, of sockets, or of the
/// system's clock. A host has one server.
/// </remarks>
public static class RaftServiceCollectionExtensions
{
    /// <summary>Adds a server. The application registers its <see cref="IStateMachine"/> itself, as a singleton.</summary>
    /// <param name="services">Gets the server.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same collection.</returns>
    public static IServiceCollection AddRaft(this IServiceCollection services, Action<RaftHostOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<RaftHostOptions>().Configure(configure);
        AddServer(services);
        return services;
    }

    /// <summary>Adds a server with options from the configuration.</summary>
    /// <param name="services">Gets the server.</param>
    /// <param name="section">
    /// The section that is bound to <see cref="RaftHostOptions"/>. The host does not start if it has a key that is not an option. <see
    /// cref="OptionsServiceCollectionExtensions.Configure{TOptions}(IServiceCollection, Action{TOptions})"/> can set options beside it.
    /// </param>
    /// <returns>The same collection.</returns>
    public static IServiceCollection AddRaft(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.AddOptions<RaftHostOptions>().Bind(section, binder => binder.ErrorOnUnknownConfiguration = true);
        AddServer(services);
        return services;
    }

    /// <summary>Adds a server and its state machine.</summary>
    /// <typeparam name="TStateMachine">The state machine. It becomes a singleton, so that the application can read from it.</typeparam>
    /// <param name="services">Gets the server.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same collection.</returns>
    public static IServiceCollection AddRaft<TStateMachine>(this IServiceCollection services, Action<RaftHostOptions> configure)
        where TStateMachine : class, IStateMachine
    {
        AddStateMachine<TStateMachine>(services);
        return services.AddRaft(configure);
    }

    /// <summary>Adds a server and its state machine, with options from the configuration.</summary>
    /// <typeparam name="TStateMachine">The state machine. It becomes a singleton, so that the application can read from it.</typeparam>
    /// <param name="services">Gets the server.</param>
    /// <param name="section">
    /// The section that is bound to <see cref="RaftHostOptions"/>. The host does not start if it has a key that is not an option. <see
    /// cref="OptionsServiceCollectionExtensions.Configure{TOptions}(IServiceCollection, Action{TOptions})"/> can set options beside it.
    /// </param>
    /// <returns>The same collection.</returns>
    public static IServiceCollection AddRaft<TStateMachine>(this IServiceCollection services, IConfiguration section)
        where TStateMachine : class, IStateMachine
    {
        AddStateMachine<TStateMachine>(services);
        return services.AddRaft(section);
    }

    private static void AddStateMachine<TStateMachine>(IServiceCollection services)
        where TStateMachine : class, IStateMachine
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<TStateMachine>();
        services.TryAddSingleton<IStateMachine>(provider => provider.GetRequiredService<TStateMachine>());
    }

    private static void AddServer(IServiceCollection services)
    {
        services.AddOptions<RaftHostOptions>().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RaftHostOptions>, RaftHostOptionsValidator>());
        services.TryAddSingleton<IRaftStorage>(Files);
        services.TryAddSingleton<IRaftTransport>(Sockets);
        services.TryAddSingleton<TimedStorage>();
        services.TryAddSingleton<ServerObserver>();
        services.TryAddSingleton<HostedRaft>();
        services.TryAddSingleton<IRaft>(provider => provider.GetRequiredService<HostedRaft>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RaftHostedService>());
    }

    private static FileStorage Files(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<RaftHostOptions>>().Value;
        return new FileStorage(
            new DirectoryFiles(options.DataDirectory!), PartsOf.Storage(options), provider.GetRequiredService<ILogger<FileStorage>>());
    }

    private static TcpTransport Sockets(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<RaftHostOptions>>().Value;
        var logger = provider.GetRequiredService<ILogger<TcpTransport>>();
        return new TcpTransport(
            PartsOf.Transport(options, logger),
            new TcpTransportDependencies { TimeProvider = provider.GetRequiredService<TimeProvider>(), Logger = logger });
    }
}
