! inloop in Fortran: the boundaries between immiscible materials from volume fractions.
!
!     use inloop
!     type(inloop_method) :: method
!     type(inloop_face) :: face
!     call inloop_open(method, 'elvira', 2)                         ! once, not every step
!     call inloop_run(method, f, face, inloop_mesh([dx, dy]))       ! f(nx, ny): the fractions of material 1
!     call inloop_share(face, zones, boxes, shares)
!     call inloop_close(face)
!     call inloop_close(method)
!
! This file is the module's source, with the .inc files beside it: compile it with the host and link with libinloop.
! Fortran's f(nx, ny, materials) lies in memory as C's f[materials][ny][nx], x fastest: nothing is transposed or copied.
! Everything is counted from 1 here: materials, zones (i, j[, k]) of the mesh proper without halo layers, vertices.
! Results are allocated by the calls, which inloop.h describes at greater length.
!
! Every call takes the optional arguments `status` (inloop_ok or another inloop_* status) and `message`; without
! `status` a failure is printed and the program stopped.
module inloop
    use, intrinsic :: iso_c_binding
    use, intrinsic :: iso_fortran_env, only: error_unit, int64, real32, real64
    implicit none
    private

    integer, parameter, public :: inloop_abi_version = 1
    integer, parameter, public :: inloop_ok = 0, inloop_bad_input = 1, inloop_out_of_memory = 2, inloop_failed = 3
    integer, parameter, public :: inloop_side_extend = 0, inloop_side_mirror = 1, inloop_side_periodic = 2, &
                                  inloop_side_open = 3

    ! A method with its options. Several threads may run one at once after it has been set up.
    type, public :: inloop_method
        private
        type(c_ptr) :: handle = c_null_ptr
    end type

    ! Where the zones lie; what is not allocated has its default.
    type, public :: inloop_mesh
        real(real64), allocatable :: spacing(:)   ! (D) equal zone widths along each axis; ones
        real(real64), allocatable :: origin(:)    ! (D) low corner of the mesh proper; zeros
        integer, allocatable :: halo(:, :)        ! (2, D) layers of the array before and after the mesh proper; zeros
        integer, allocatable :: side(:, :)        ! (2, D) inloop_side_*, beyond sides without halo layers; extend
        real(real64), allocatable :: x_widths(:), y_widths(:), z_widths(:) ! in place of spacing, halo layers included
    end type

    ! A result. It must be closed; a run into it closes it first. The numbers are for reading.
    type, public :: inloop_face
        type(c_ptr), private :: handle = c_null_ptr
        integer, public :: dimensions = 0, materials = 0
        integer(int64), public :: n(3) = 0, mixed = 0 ! zones along each axis; mixed zones
    end type

    ! A learned kernel that is no reconstruction: what a row's answer is depends on that row alone. Several threads may
    ! run one at once. The numbers are for reading.
    type, public :: inloop_rows
        type(c_ptr), private :: handle = c_null_ptr
        integer, public :: inputs = 0, outputs = 0 ! numbers of a row, and answers
    end type

    character(*), parameter :: other_abi = 'libinloop has another ABI version than inloop.f90'

    public :: inloop_open_rows, inloop_run_rows, inloop_input_name
    public :: inloop_open, inloop_open_bundle, inloop_set, inloop_halo_width, inloop_close, inloop_run, inloop_run_batch
    public :: inloop_zones, inloop_fractions, inloop_labels, inloop_rejected, inloop_planes, inloop_coverage
    public :: inloop_share, inloop_normals, inloop_polygons, inloop_polyhedra, inloop_outline
    public :: inloop_continuity, inloop_conservation

    ! call inloop_set(method, option, value, status, message), before the method is first run: 'threads', a number;
    ! 'order', an array of all material numbers in the order in which they are cut off; 'gradient' of youngs, 'corners'
    ! or 'least-squares'; 'slabs' of slic, 'neighbours', 'x' or 'y'; 'gate' of the learned method, 'none' or the share
    ! of zones, such as 0.01_real64, that may be worse than ELVIRA's line.
    interface inloop_set
        module procedure set_text, set_number, set_numbers, set_share
    end interface

    interface inloop_close
        module procedure close_method, close_face, close_rows
    end interface

    ! call inloop_run(method, f, face, mesh, centroids, status, message), all from `mesh` on optional; real32 or real64
    !   f(nx, ny)             material 1, with halo layers if the mesh says so; material 2 is the rest
    !   f(nx, ny, M)          all materials
    !   f(nx, ny, nz, M)      all materials, three dimensions
    !   centroids             for mof: (D, nx, ny[, nz][, M]) as f, of the mesh proper, physical coordinates
    interface inloop_run
        module procedure run_rank2_real64, run_rank3_real64, run_rank4_real64
        module procedure run_rank2_real32, run_rank3_real32, run_rank4_real32
    end interface

    ! call inloop_run_batch(method, f, coverage, status, message): small samples that do not know of each other
    !   f(nx, ny, samples), coverage(k nx, k ny, samples)             of material 1
    !   f(nx, ny, M, samples), coverage(k nx, k ny, M, samples)       of all
    interface inloop_run_batch
        module procedure batch_rank3_real64, batch_rank4_real64, batch_rank3_real32, batch_rank4_real32
    end interface

    ! call inloop_run_rows(kernel, rows, answers, factor, status, message), all from `factor` on optional; real32 or real64
    !   rows(inputs, n), answers(outputs, n), factor(n)                               each row's answers times its factor
    !   rows(inputs, nz, n), answers(outputs, nz, n), factor(nz, n)                   as columns of layers have them
    interface inloop_run_rows
        module procedure rows_rank2_real64, rows_rank3_real64, rows_rank2_real32, rows_rank3_real32
    end interface

    ! call inloop_labels(face, labels): labels(nx, ny[, nz]), the material of each pure zone, 0 where mixed
    interface inloop_labels
        module procedure labels_2d, labels_3d
    end interface

    ! call inloop_coverage(face, k, coverage): coverage(k nx, k ny[, k nz], M), each material's share of each sub-zone
    interface inloop_coverage
        module procedure coverage_2d_real64, coverage_3d_real64, coverage_2d_real32, coverage_3d_real32
    end interface

    include 'inloop_c.inc'

contains

    include 'inloop_run.inc'
    include 'inloop_face.inc'
    include 'inloop_rows.inc'

    ! Hands the status of a call on, with the library's text for it or this module's own.
    subroutine finish(found, status, message, own)
        integer(c_int), intent(in) :: found
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message
        character(*), intent(in), optional :: own
        character(:), allocatable :: text

        if (present(status)) status = found
        text = ''
        if (found /= inloop_ok) then
            if (present(own)) then
                text = own
            else
                text = last_error()
            end if
            if (.not. present(status)) then
                write (error_unit, '(2a)') 'inloop: ', text
                error stop 1
            end if
        end if
        if (present(message)) message = text
    end subroutine

    function last_error() result(text)
        character(:), allocatable :: text

        text = text_at(c_last_error())
    end function

    ! A text of C's.
    function text_at(found) result(text)
        type(c_ptr), intent(in) :: found
        character(:), allocatable :: text
        character(kind=c_char), pointer :: letters(:)
        integer :: i

        call c_f_pointer(found, letters, [c_strlen(found)])
        allocate (character(size(letters)) :: text)
        do i = 1, size(letters)
            text(i:i) = letters(i)
        end do
    end function

    ! Opens slic, youngs, elvira, lvira, mof, equiz or power for 2 dimensions; youngs, elvira, lvira or mof for 3.
    subroutine inloop_open(method, name, dimensions, status, message)
        type(inloop_method), intent(inout) :: method
        character(*), intent(in) :: name
        integer, intent(in) :: dimensions
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message

        if (ready(method, status, message)) &
            call finish(c_open(trim(name)//c_null_char, int(dimensions, c_int), method%handle), status, message)
    end subroutine

    ! Opens a learned kernel from a bundle's folder, for 2 dimensions. `inloop config --bundles` says where the shipped
    ! ones lie: in 'mir' the learned method, in 'mir-line' the drop-in line.
    subroutine inloop_open_bundle(method, folder, status, message)
        type(inloop_method), intent(inout) :: method
        character(*), intent(in) :: folder
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message

        if (ready(method, status, message)) &
            call finish(c_open_bundle(trim(folder)//c_null_char, method%handle), status, message)
    end subroutine

    ! Closes a method that is to be opened; false if module and library do not go together.
    logical function ready(method, status, message)
        type(inloop_method), intent(inout) :: method
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message

        call inloop_close(method)
        ready = c_abi_version() == inloop_abi_version
        if (.not. ready) &
            call finish(int(inloop_failed, c_int), status, message, other_abi)
    end function

    subroutine set_text(method, option, value, status, message)
        type(inloop_method), intent(in) :: method
        character(*), intent(in) :: option, value
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message

        if (option == 'order' .and. value /= 'auto') then
            call finish(int(inloop_bad_input, c_int), status, message, 'order: give an array of material numbers')
        else
            call finish(c_set(method%handle, trim(option)//c_null_char, trim(value)//c_null_char), status, message)
        end if
    end subroutine

    subroutine set_number(method, option, value, status, message)
        type(inloop_method), intent(in) :: method
        character(*), intent(in) :: option
        integer, intent(in) :: value
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message
        character(16) :: text

        write (text, '(i0)') value
        call set_text(method, option, text, status, message)
    end subroutine

    subroutine set_share(method, option, value, status, message)
        type(inloop_method), intent(in) :: method
        character(*), intent(in) :: option
        real(real64), intent(in) :: value
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message
        character(32) :: text

        write (text, '(es24.16e3)') value
        call set_text(method, option, adjustl(text), status, message)
    end subroutine

    subroutine set_numbers(method, option, value, status, message)
        type(inloop_method), intent(in) :: method
        character(*), intent(in) :: option
        integer, intent(in) :: value(:)
        integer, intent(out), optional :: status
        character(*), intent(inout), optional :: message
        character(:), allocatable :: text
        character(16) :: one
        integer :: i

        text = ''
        do i = 1, size(value)
            write (one, '(i0)') value(i) - 1 ! the library counts from 0
            text = text//merge(' ', ',', i == 1)//trim(one)
        end do
        call finish(c_set(method%handle, trim(option)//c_null_char, text//c_null_char), status, message)
    end subroutine

    ! How many layers of neighbours a zone's result depends on; 0 for a method that is not open.
    integer function inloop_halo_width(method) result(layers)
        type(inloop_method), intent(in) :: method
        integer(c_int) :: found

        if (c_halo_width(method%handle, found) /= inloop_ok) found = 0
        layers = found
    end function

    subroutine close_method(method)
        type(inloop_method), intent(inout) :: method

        call c_close(method%handle)
        method%handle = c_null_ptr
    end subroutine

    subroutine close_face(face)
        type(inloop_face), intent(inout) :: face

        call c_face_close(face%handle)
        face = inloop_face()
    end subroutine

end module
