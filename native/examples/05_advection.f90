! A host code: the reversed single vortex of Rider and Kothe, period 8. A disk is drawn out into a thread and back;
! volume of fluid, one axis after the other, exactly conservative (Weymouth & Yue 2010). In Python it is
! `inloop simulate vortex --scheme split`. Before each sweep the library rebuilds the border, then says what lies in
! the box behind each face.
!
!     05_advection [METHOD [ZONES [CFL [BUNDLE]]]]      by default elvira 32 0.25
!     05_advection learned 32 0.25 $(inloop config --bundles)/mir
program advection
    use inloop
    use, intrinsic :: iso_fortran_env, only: int64, real64
    implicit none
    integer, parameter :: wp = real64
    real(wp), parameter :: pi = acos(-1.0_wp), period = 8, rounding = 4e-15_wp, remnant = 1e-3_wp
    real(wp), parameter :: centre(2) = [0.5_wp, 0.75_wp], radius = 0.15_wp
    type(inloop_method) :: method
    type(inloop_mesh) :: mesh
    real(wp), allocatable :: f(:, :, :), start(:, :, :) ! (zones, zones, 2): the disk, the rest
    real(wp), allocatable :: flux(:, :, :)              ! (0:zones, 0:zones, 2): through the far faces across x and y
    real(wp) :: h, cfl, fastest, length, pace, drift = 0, overshoot = 0
    integer :: n, steps, step

    n = int(number(2, 32.0_wp))
    cfl = number(3, 0.25_wp)
    if (n < 4 .or. .not. cfl > 0) error stop '05_advection METHOD ZONES CFL: at least 4 zones, a positive CFL'
    h = 1/real(n, wp)
    mesh%spacing = [h, h]
    if (argument(4, '') == '') then ! once, not every step
        call inloop_open(method, argument(1, 'elvira'), 2)
    else
        call inloop_open_bundle(method, argument(4, ''))
    end if
    call set_up()
    fastest = maxval(abs(flux))/h**2
    steps = 2*max(ceiling(period*fastest/cfl/2 - 1e-9_wp), 1) ! even: the flow turns between two steps
    length = period/steps
    do step = 0, steps - 1
        pace = cos(pi*(step*length + length/2)/period)
        call advance(flux*(pace*length/h**2), first=1 + modulo(step, 2))
        drift = max(drift, maxval(abs(sum(sum(f - start, 1), 1))/sum(sum(start, 1), 1)))
    end do
    print '(a, i0, a, i0)', argument(1, 'elvira')//', zones, steps: ', n, ' ', steps
    print '(a, 3es25.16e3)', 'area error, volume drift, overshoot: ', &
        sum(abs(f(:, :, 1) - start(:, :, 1)))*h**2, drift, overshoot
    call inloop_close(method)

contains

    ! One time step. courant(i, j, axis): the share of a zone's volume that passes the far face of zone (i, j).
    subroutine advance(courant, first)
        real(wp), intent(in) :: courant(0:, 0:, :)
        integer, intent(in) :: first
        integer :: fullest(n, n)

        fullest = maxloc(f, 3)
        call sweep(courant(:, :, first), first, fullest)
        call sweep(courant(:, :, 3 - first), 3 - first, fullest)
    end subroutine

    ! What passes the faces across one axis. That squeezes and stretches zones, for which each one's fullest material
    ! makes up; the sweep along the other axis undoes it, so that nothing is lost.
    subroutine sweep(courant, axis, fullest)
        real(wp), intent(in) :: courant(0:, 0:)
        integer, intent(in) :: axis, fullest(n, n)
        real(wp) :: passing(0:n, 0:n, 2)
        integer :: i, j, m, di, dj

        di = 2 - axis
        dj = axis - 1
        call through_faces(courant, axis, passing)
        do j = 1, n
            do i = 1, n
                m = fullest(i, j)
                f(i, j, :) = f(i, j, :) - (passing(i, j, :) - passing(i - di, j - dj, :))
                f(i, j, m) = f(i, j, m) + (courant(i, j) - courant(i - di, j - dj))
                call settle(f(i, j, :))
            end do
        end do
    end subroutine

    ! passing(i, j, :): how much of each material goes through the far face of zone (i, j), in zone volumes.
    subroutine through_faces(courant, axis, passing)
        real(wp), intent(in) :: courant(0:, 0:)
        integer, intent(in) :: axis
        real(wp), intent(out) :: passing(0:, 0:, :)
        type(inloop_face) :: face
        integer, allocatable :: label(:, :)
        integer(int64) :: zones(2, n*(n + 1))
        real(wp) :: boxes(4, n*(n + 1)), held(2), ahead(2), back(2), c
        real(wp), allocatable :: share(:, :)
        integer :: at(2, n*(n + 1)), giver(2), ahead_is(2), other(2), i, j, k, m, count

        call inloop_run(method, f, face, mesh)
        call inloop_labels(face, label)
        count = 0
        passing = 0
        do j = 2 - axis, n
            do i = axis - 1, n
                c = courant(i, j)
                giver = [i, j]
                if (.not. c > 0) giver(axis) = giver(axis) + 1
                held = [0, 1] ! beyond the walls
                if (all(giver >= 1 .and. giver <= n)) held = f(giver(1), giver(2), :)
                passing(i, j, :) = held*c
                if (any(giver < 1 .or. giver > n) .or. .not. abs(c) > 0) cycle
                if (label(giver(1), giver(2)) > 0) cycle
                count = count + 1
                at(:, count) = [i, j]
                zones(:, count) = giver
                boxes(:, count) = [0, 0, 1, 1]
                if (c > 0) boxes(axis, count) = 1 - c
                if (c < 0) boxes(2 + axis, count) = -c
            end do
        end do
        call inloop_share(face, zones(:, :count), boxes(:, :count), share)
        do k = 1, count
            c = courant(at(1, k), at(2, k))
            giver = int(zones(:, k))
            ahead_is = 0
            ahead_is(axis) = merge(1, -1, c > 0)
            held = f(giver(1), giver(2), :)
            ahead = nearest_to(giver + ahead_is)
            back = nearest_to(giver - ahead_is)
            other = merge(giver - ahead_is, giver, c > 0) ! whose far face is the giver's other one
            m = maxloc(share(k, :), 1)
            ! the last of a material goes whole once there is more ahead and no more behind, and nothing leaves there
            if (held(3 - m) < remnant .and. held(3 - m) <= abs(c) .and. ahead(3 - m) > held(3 - m) .and. &
                held(3 - m) >= back(3 - m) .and. sign(1.0_wp, c)*courant(other(1), other(2)) >= 0) &
                share(k, 3 - m) = held(3 - m)
            share(k, m) = share(k, m) + (abs(c) - sum(share(k, :))) ! 1 - (1 - c) is c to rounding only
            passing(at(1, k), at(2, k), :) = sign(share(k, :), c)
        end do
        call inloop_close(face)
    end subroutine

    ! Fractions of a zone, or of the nearest one in the mesh.
    function nearest_to(zone) result(held)
        integer, intent(in) :: zone(2)
        real(wp) :: held(2)
        integer :: inside(2)

        inside = min(max(zone, 1), n)
        held = f(inside(1), inside(2), :)
    end function

    ! Fractions of a zone within rounding of 0 become 0, and the largest one takes the difference.
    subroutine settle(zone)
        real(wp), intent(inout) :: zone(2)
        integer :: m

        if (any(zone < -rounding)) overshoot = max(overshoot, -minval(zone))
        if (.not. any(zone < rounding .and. abs(zone) > 0)) return
        where (abs(zone) < rounding) zone = 0
        m = maxloc(zone, 1)
        zone(m) = 1 - zone(3 - m)
    end subroutine

    ! The disk's fractions, and the fluxes at full pace: differences of the stream function at the corners.
    subroutine set_up()
        real(wp) :: stream(0:n, 0:n)
        integer :: i, j

        allocate (f(n, n, 2), flux(0:n, 0:n, 2), source=0.0_wp)
        do j = 0, n
            do i = 0, n
                stream(i, j) = sin(pi*(i*h))**2*sin(pi*(j*h))**2/pi
                if (i > 0 .and. j > 0) f(i, j, 1) = disk_in([i - 1, j - 1]*h, [i, j]*h)/h**2
            end do
        end do
        where (f(:, :, 1) < 1e-12_wp) f(:, :, 1) = 0
        where (f(:, :, 1) > 1 - 1e-12_wp) f(:, :, 1) = 1
        f(:, :, 2) = 1 - f(:, :, 1)
        start = f
        flux(:, 1:, 1) = stream(:, 1:) - stream(:, :n - 1)
        flux(1:, :, 2) = -(stream(1:, :) - stream(:n - 1, :))
    end subroutine

    ! The area that the disk shares with a box: from the middle, a triangle with each side in turn, cut by the circle.
    real(wp) function disk_in(low, high) result(area)
        real(wp), intent(in) :: low(2), high(2)
        real(wp) :: corner(2, 5), p(2), q(2), a(2), b(2), along, ahead, root, t(2)
        integer :: k

        corner(1, :) = [low(1), high(1), high(1), low(1), low(1)] - centre(1)
        corner(2, :) = [low(2), low(2), high(2), high(2), low(2)] - centre(2)
        area = 0
        do k = 1, 4
            p = corner(:, k)
            q = corner(:, k + 1)
            along = dot_product(q - p, q - p)
            ahead = dot_product(p, q - p)
            root = sqrt(max(ahead**2 - along*(dot_product(p, p) - radius**2), 0.0_wp))
            t = min(max([-ahead - root, -ahead + root]/along, 0.0_wp), 1.0_wp)
            a = p + t(1)*(q - p)
            b = p + t(2)*(q - p)
            area = area + (sector(p, a) + cross(a, b) + sector(b, q))/2
        end do
    end function

    ! Twice the area of the disk between the directions of two points.
    real(wp) function sector(p, q)
        real(wp), intent(in) :: p(2), q(2)

        sector = radius**2*atan2(cross(p, q), dot_product(p, q))
    end function

    real(wp) function cross(p, q)
        real(wp), intent(in) :: p(2), q(2)

        cross = p(1)*q(2) - p(2)*q(1)
    end function

    function argument(place, default) result(text)
        integer, intent(in) :: place
        character(*), intent(in) :: default
        character(:), allocatable :: text
        integer :: length

        text = default
        if (command_argument_count() < place) return
        call get_command_argument(place, length=length)
        deallocate (text)
        allocate (character(length) :: text)
        call get_command_argument(place, text)
    end function

    real(wp) function number(place, default)
        integer, intent(in) :: place
        real(wp), intent(in) :: default
        character(:), allocatable :: text
        integer :: wrong

        number = default
        text = argument(place, '')
        if (text == '') return
        read (text, *, iostat=wrong) number
        if (wrong /= 0) error stop '05_advection METHOD ZONES CFL: ZONES and CFL are numbers'
    end function

end program
