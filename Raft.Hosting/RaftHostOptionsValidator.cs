using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Raft.Impl.Core;
using Raft.Impl.Service;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>Finds all mistakes in the options at once, before anything starts. It changes no file.</summary>
/// <param name="services">Says whether there is a state machine.</param>
/// <param name="clock">Says which certificates are valid now.</param>
internal sealed class RaftHostOptionsValidator(IServiceProviderIsService services, TimeProvider clock) : IValidateOptions<RaftHostOptions>
{
    // The range that the timers of the node support.
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(10);
    private const int _page = 4096;
    private const int _mostMessageBytes = 512 << 20;

    public ValidateOptionsResult Validate(string? name, RaftHostOptions options)
    {
        var mistakes = new List<string>();
        CheckServices(mistakes);
        var members = CheckMembers(options, mistakes);
        CheckDirectory(options, mistakes);
        CheckConnections(options, members, mistakes);
        CheckTimes(options, mistakes);
        CheckLimits(options, mistakes);
        CheckHealth(options, mistakes);
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private void CheckServices(List<string> mistakes)
    {
        if (!services.IsService(typeof(IStateMachine)))
        {
            mistakes.Add($"No {nameof(IStateMachine)} is registered: call AddRaft<TStateMachine>, or register one yourself.");
        }
    }

    private static Dictionary<ServerId, MemberAddress> CheckMembers(RaftHostOptions options, List<string> mistakes)
    {
        var count = mistakes.Count;
        var members = MemberList.Read(options, mistakes);
        if (options.ClusterId is null || options.ClusterId == Guid.Empty)
        {
            mistakes.Add($"{nameof(options.ClusterId)} is missing: any UUID, the same on all servers of the cluster.");
        }

        if (options.Members.Count == 0)
        {
            mistakes.Add($"{nameof(options.Members)} is empty: it must have the address of each server of the cluster, this one too.");
        }

        if (options.ServerId is not { } own)
        {
            mistakes.Add($"{nameof(options.ServerId)} is missing: the number of this server among {nameof(options.Members)}.");
        }
        else if (mistakes.Count == count && !members.ContainsKey(new ServerId(own)))
        {
            mistakes.Add(
                $"{nameof(options.ServerId)} is {own}, but {nameof(options.Members)} has only {string.Join(", ", members.Keys.Order())}.");
        }

        foreach (var shared in members.GroupBy(member => $"{member.Value}", member => member.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (shared.Skip(1).Any())
            {
                mistakes.Add($"{string.Join(" and ", shared.Order())} have the same address, {shared.Key}.");
            }
        }

        return members;
    }

    private static void CheckDirectory(RaftHostOptions options, List<string> mistakes)
    {
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            mistakes.Add($"{nameof(options.DataDirectory)} is missing: a directory on a local disk, for this server only.");
            return;
        }

        if (ProblemOf(options.DataDirectory) is { } problem)
        {
            mistakes.Add($"The {nameof(options.DataDirectory)} {options.DataDirectory} cannot be used: {problem}");
        }
    }

    // The storage makes a directory that is missing, and flushes its name. One that was made here would look to it like an old one. What
    // only making it can show, such as a missing right, shows when the storage opens.
    private static string? ProblemOf(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                _ = Directory.EnumerateFileSystemEntries(directory).Any();
                return null;
            }

            var nearest = Path.GetFullPath(directory);
            while (!Path.Exists(nearest))
            {
                if (Path.GetDirectoryName(nearest) is not { } above)
                {
                    return $"{nearest} does not exist.";
                }

                nearest = above;
            }

            return Directory.Exists(nearest) ? null : $"{nearest} is not a directory.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return exception.Message;
        }
    }

    private void CheckConnections(RaftHostOptions options, Dictionary<ServerId, MemberAddress> members, List<string> mistakes)
    {
        IPAddress? local = null;
        if (options.ListenAddress is { } listen && !IPAddress.TryParse(listen, out local))
        {
            mistakes.Add($"{nameof(options.ListenAddress)} is '{listen}': it must be an IP address, without a port.");
        }

        if (options.Certificates is null && options.CertificateFiles is null)
        {
            if (!options.AllowPlainTextBeyondLoopback)
            {
                CheckPlainText(members, local, mistakes);
            }

            return;
        }

        // A name that is not valid is a mistake already.
        foreach (var shared in members
            .Where(member => MemberList.IsName(member.Value.CertificateName))
            .GroupBy(member => member.Value.CertificateName, StringComparer.OrdinalIgnoreCase))
        {
            if (shared.Skip(1).Any())
            {
                mistakes.Add(
                    $"{string.Join(" and ", shared.Select(member => member.Key).Order())} have the same name in their certificates, "
                    + $"{shared.Key}: each could be the other. Give them {nameof(options.CertificateNames)}.");
            }
        }

        if (options.CertificateFiles is { } files)
        {
            CheckFiles(options, files, members, mistakes);
        }
    }

    private static void CheckPlainText(Dictionary<ServerId, MemberAddress> members, IPAddress? local, List<string> mistakes)
    {
        var far = members
            .Where(member => !member.Value.IsLoopback)
            .OrderBy(member => member.Key)
            .Select(member => $"{member.Key} at {member.Value}")
            .ToList();
        if (local is not null && !IPAddress.IsLoopback(local))
        {
            far.Add($"{nameof(RaftHostOptions.ListenAddress)} {local}");
        }

        if (far.Count > 0)
        {
            mistakes.Add(
                $"Without certificates, servers can talk on the loopback interface only, not to {string.Join(", ", far)}. Set "
                + $"{nameof(RaftHostOptions.CertificateFiles)}, or {nameof(RaftHostOptions.AllowPlainTextBeyondLoopback)} if the network "
                + "authenticates and encrypts by itself.");
        }
    }

    private void CheckFiles(
        RaftHostOptions options, RaftCertificateFiles files, Dictionary<ServerId, MemberAddress> members, List<string> mistakes)
    {
        if (options.Certificates is not null)
        {
            mistakes.Add($"Set {nameof(options.CertificateFiles)} or {nameof(options.Certificates)}, not both.");
            return;
        }

        if (string.IsNullOrWhiteSpace(files.Path) || string.IsNullOrWhiteSpace(files.AuthorityPath))
        {
            mistakes.Add(
                $"{nameof(options.CertificateFiles)} needs a {nameof(files.Path)}, the server's own certificate, and an "
                + $"{nameof(files.AuthorityPath)}, the authorities of the cluster.");
            return;
        }

        TransportCertificates read;
        try
        {
            read = CertificateReader.Read(files);
        }
        catch (InvalidDataException exception)
        {
            mistakes.Add(exception.Message);
            return;
        }

        if (options.ServerId is { } own
            && members.TryGetValue(new ServerId(own), out var address)
            && MemberList.IsName(address.CertificateName)
            && !read.Own.MatchesHostname(address.CertificateName, allowWildcards: false, allowCommonName: false))
        {
            mistakes.Add(
                $"The certificate in {files.Path} does not have the name of S{own}, {address.CertificateName}, among its DNS names "
                + "(subject alternative names).");
        }

        if (ProblemOf(read) is { } problem)
        {
            mistakes.Add($"The certificate in {files.Path} is not valid under the authorities in {files.AuthorityPath}: {problem}.");
        }
    }

    private string? ProblemOf(TransportCertificates certificates)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.CustomTrustStore.AddRange(certificates.Authorities);
        chain.ChainPolicy.ExtraStore.AddRange(certificates.Intermediates);
        return chain.Build(certificates.Own)
            ? null
            : string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', ' ')).Distinct());
    }

    private static void CheckTimes(RaftHostOptions options, List<string> mistakes)
    {
        var count = mistakes.Count;
        CheckTime(options.HeartbeatInterval, nameof(options.HeartbeatInterval), mistakes);
        CheckTime(options.MinElectionTimeout, nameof(options.MinElectionTimeout), mistakes);
        CheckTime(options.MaxElectionTimeout, nameof(options.MaxElectionTimeout), mistakes);
        if (mistakes.Count == count && options.MinElectionTimeout <= options.HeartbeatInterval)
        {
            mistakes.Add(
                $"{nameof(options.MinElectionTimeout)} ({options.MinElectionTimeout}) must be longer than "
                + $"{nameof(options.HeartbeatInterval)} ({options.HeartbeatInterval}): some times as long, so that a late heartbeat "
                + "starts no election.");
        }

        if (mistakes.Count == count && options.MaxElectionTimeout <= options.MinElectionTimeout)
        {
            mistakes.Add(
                $"{nameof(options.MaxElectionTimeout)} ({options.MaxElectionTimeout}) must be longer than "
                + $"{nameof(options.MinElectionTimeout)} ({options.MinElectionTimeout}): equal ones split votes.");
        }

        CheckTime(options.TransferTimeout, nameof(options.TransferTimeout), mistakes);
        CheckTime(options.StopTimeout, nameof(options.StopTimeout), mistakes);
    }

    private static void CheckTime(TimeSpan time, string what, List<string> mistakes)
    {
        if (time < _shortest || time > _longest)
        {
            mistakes.Add($"{what} must be between {_shortest.TotalMilliseconds} ms and {_longest.TotalDays} days, not {time}.");
        }
    }

    private static void CheckLimits(RaftHostOptions options, List<string> mistakes)
    {
        if (!Enum.IsDefined(options.Protocol))
        {
            mistakes.Add(
                $"{nameof(options.Protocol)} is {options.Protocol}: it must be {string.Join(" or ", Enum.GetNames<RaftProtocol>())}.");
        }

        CheckLimit(options.MaxMessageBytes, 1, _mostMessageBytes, nameof(options.MaxMessageBytes), mistakes);
        CheckLimit(options.MaxUncommittedBytes, 1, long.MaxValue, nameof(options.MaxUncommittedBytes), mistakes);
        CheckLimit(options.SnapshotEntries, 1, long.MaxValue, nameof(options.SnapshotEntries), mistakes);
        CheckLimit(options.SnapshotBytes, 1, long.MaxValue, nameof(options.SnapshotBytes), mistakes);
        CheckLimit(options.LogCacheBytes, 0, long.MaxValue, nameof(options.LogCacheBytes), mistakes);
        if (options.SegmentBytes < 2 * _page || options.SegmentBytes > 1 << 30 || options.SegmentBytes % _page != 0)
        {
            mistakes.Add(
                $"{nameof(options.SegmentBytes)} must be a multiple of {_page}, from {2 * _page} to {1 << 30}, "
                + $"not {options.SegmentBytes}.");
        }
    }

    private static void CheckHealth(RaftHostOptions options, List<string> mistakes)
    {
        if (options.Health is not { } health)
        {
            mistakes.Add($"{nameof(options.Health)} is null: leave it out, and the health checks have the limits of the defaults.");
            return;
        }

        CheckTime(health.MaxTimeWithoutLeader, $"{nameof(options.Health)}.{nameof(health.MaxTimeWithoutLeader)}", mistakes);
        CheckTime(health.MaxWriteTime, $"{nameof(options.Health)}.{nameof(health.MaxWriteTime)}", mistakes);
        CheckLimit(health.MaxLag, 0, long.MaxValue, $"{nameof(options.Health)}.{nameof(health.MaxLag)}", mistakes);
    }

    private static void CheckLimit(long value, long least, long most, string what, List<string> mistakes)
    {
        if (value < least || value > most)
        {
            mistakes.Add(
                most == long.MaxValue
                    ? $"{what} must be at least {least}, not {value}."
                    : $"{what} must be from {least} to {most}, not {value}.");
        }
    }
}
