using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Service;
using Raft.Impl.Transport;

namespace Raft.Hosting;

/// <summary>
/// Runs the server of a host. The start completes when the server takes part in the cluster; it does not wait for a leader, because the
/// other servers may have to start first. The stop transfers the leadership, and completes when the storage is closed. A server that fails
/// stops the host.
/// </summary>
internal sealed partial class RaftHostedService(
    IOptions<RaftHostOptions> options,
    IServiceProvider services,
    HostedRaft raft,
    ServerObserver observer,
    TimedStorage storage,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    // What a shell and systemd take for a failure.
    private const int _failed = 1;
    private readonly ILogger _logger = loggers.CreateLogger<RaftHostedService>();
    private Applier? _applier;
    private volatile bool _isStopping;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // The node stays on the context that it is started on. It must not be that of a window or a test.
        var node = await Task.Run(() => StartNodeAsync(cancellationToken), cancellationToken);
        raft.StartedNode = node;
        var members = options.Value.Members.Count;
        LogStarted(_logger, node.Id, members, options.Value.DataDirectory);
        if (members % 2 == 0)
        {
            LogEven(_logger, members, members - 1);
        }

        _ = StopHostWhenFailedAsync(node);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        if (raft.StartedNode is not { } node)
        {
            return;
        }

        if (node.Status.IsLeader && options.Value.Members.Count > 1)
        {
            await TransferAsync(node, cancellationToken);
        }

        await EndAsync(node).WaitAsync(cancellationToken);
        LogStopped(_logger, node.Id);
    }

    // If another hosted service failed to start, StopAsync is not called.
    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        if (raft.StartedNode is { } node)
        {
            await node.DisposeAsync();
        }
    }

    private async Task<RaftNode> StartNodeAsync(CancellationToken cancellationToken)
    {
        var value = options.Value;
        var stateMachine = services.GetRequiredService<IStateMachine>();
        var node = await RaftNode.StartAsync(
            PartsOf.Node(value),
            new RaftNodeDependencies
            {
                Storage = storage,
                Transport = services.GetRequiredService<IRaftTransport>(),
                TimeProvider = clock,
                Logger = loggers.CreateLogger<RaftNode>(),
                Observer = observer,
            },
            cancellationToken);
        _applier = Applier.Start(node, stateMachine, PartsOf.Applier(value));
        return node;
    }

    private async Task TransferAsync(RaftNode node, CancellationToken cancellationToken)
    {
        try
        {
            var result = await node.TransferLeadershipAsync(cancellationToken: cancellationToken)
                .WaitAsync(options.Value.TransferTimeout, clock, cancellationToken);
            if (result.Outcome == LeadershipTransferOutcome.Transferred)
            {
                LogTransferred(_logger, node.Id, result.Leader);
            }
            else
            {
                LogNotTransferred(_logger, node.Id, $"{result.Outcome} {result.Refusal}");
            }
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotTransferred(_logger, node.Id, exception.Message);
        }
    }

    private async Task EndAsync(RaftNode node)
    {
        await node.DisposeAsync();
        if (_applier is { } applier)
        {
            // How it ended is reported by the node's Completion.
            await Task.WhenAny((Task[])[applier.Completion]);
        }
    }

    private async Task StopHostWhenFailedAsync(RaftNode node)
    {
        try
        {
            await node.Completion;
        }
        catch (Exception exception)
        {
            Environment.ExitCode = _failed;
            if (_isStopping)
            {
                LogFailedToStop(_logger, exception, node.Id, exception.Message);
                return;
            }

            LogFailed(_logger, exception, node.Id, exception.Message);
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Server}, one of {Members} members, runs on {Directory}")]
    private static partial void LogStarted(ILogger logger, ServerId server, int members, string? directory);

    [LoggerMessage(
        EventId = 2,
        Level = LogLevel.Warning,
        Message = "The cluster has {Members} members. With an even number it bears no more failures than with {Fewer}")]
    private static partial void LogEven(ILogger logger, int members, int fewer);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Server} has transferred its leadership to {Leader}")]
    private static partial void LogTransferred(ILogger logger, ServerId server, ServerId? leader);

    [LoggerMessage(
        EventId = 4,
        Level = LogLevel.Warning,
        Message = "{Server} stops without having transferred its leadership, so the others must wait for an election: {Reason}")]
    private static partial void LogNotTransferred(ILogger logger, ServerId server, string reason);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Server} has stopped")]
    private static partial void LogStopped(ILogger logger, ServerId server);

    [LoggerMessage(EventId = 6, Level = LogLevel.Critical, Message = "{Server} has failed, so the host stops: {Reason}")]
    private static partial void LogFailed(ILogger logger, Exception exception, ServerId server, string reason);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "{Server} failed while it stopped: {Reason}")]
    private static partial void LogFailedToStop(ILogger logger, Exception exception, ServerId server, string reason);
}
